// What the explorer's page and Python say to each other. Made from the types of `recexplore/views/explorer` by
// `make docs`; change them there. Read by the compiler that checks the page, not by the page.

/**
 * A part of a message.
 * `kind` is one of `recexplore.model.request_fields.PART_KINDS`, `text` null where it has none, `more` the JSON of
 * what else it says. By kind: `name` and `id` of a call or of what it gave; `media`, `bytes`, `name` and
 * `address` of what is no text; `parts` of a result; `hidden_chars` of what only the provider can read.
 */
export interface Part {
  kind: string;
  text: string | null;
  more: string | null;
  name?: string | null;
  id?: string | null;
  media?: string | null;
  bytes?: number | null;
  address?: string | null;
  parts?: Part[];
  hidden_chars?: number;
}

/** A message of a request; `name` is null where it has none, `more` as a part has it. */
export interface Message {
  role: string;
  name: string | null;
  parts: Part[];
  more: string | null;
}

/** The first messages and how many follow; settings; where it was sent; why there is no conversation. */
export interface RequestPane {
  messages: Message[];
  more: number;
  settings: [string, string, string | null][];
  where: string;
  why: string | null;
}

/** A run of chunks in which a choice only reasoned, or only answered. */
export interface Phase {
  phase: string;
  first_chunk: number;
  last_chunk: number;
  n_events: number;
  chars: number;
}

/** All phases of one sort together; `share` is of the choice's characters, 0 to 1. */
export interface PhaseShare {
  phase: string;
  first_chunk: number;
  last_chunk: number;
  n_events: number;
  chars: number;
  n_phases: number;
  share: number;
  seconds: number | null;
  tokens: number | null;
}

/** How a choice went from reasoning to content and back; `words` tell of its tags. */
export interface ReasoningChoice {
  name: string;
  words: string;
  phases: Phase[];
  split: PhaseShare[];
}

/** A sentence, and whether it warns. */
export interface Note {
  level: "note" | "warning";
  words: string;
}

/** Every choice, and what is odd about the reasoning of all. */
export interface ReasoningPane {
  choices: ReasoningChoice[];
  notes: Note[];
}

/** A part of what was reported; drawn as a kind of text. */
export interface TokenPart {
  label: string;
  tokens: number;
  kind: string;
}

/** A report as it came; `choice` is null where it counts all of them. */
export interface Report {
  chunk: number;
  choice: number | null;
  source: string | null;
  figures: Record<string, number | null>;
}

/** Where a figure stands among those of other recordings of the model; a percentile of 0 to 100. */
export interface Position {
  figure: string;
  percentile: number;
  words: string;
}

/** Tokens of one sort, their price and what they cost; null where a price is missing. */
export interface CostPart {
  label: string;
  tokens: number;
  per_million: number | null;
  money: string | null;
}

/** What an answer cost, in words; `total` is null where the `missing` words say why. */
export interface Cost {
  model: string | null;
  currency: string | null;
  total: string | null;
  missing: string | null;
  parts: CostPart[];
}

/** What usage was reported; `figures` name those of `reports`, of which the first are there. */
export interface TokensPane {
  parts: TokenPart[];
  seen: string;
  why: string;
  figures: string[];
  reports: Report[];
  more: number;
  model: string;
  positions: Position[];
  notes: Note[];
  cost: Cost | null;
}

/** A published figure: how it is called and defined, and why it may be missing. */
export interface Metric {
  name: string;
  label: string;
  full: string;
  definition: string;
  source: string;
  unit: string;
  missing: string | null;
}

/** The figures of a choice, by the names of metrics. */
export interface TimingChoice {
  name: string;
  values: Record<string, number | null>;
}

/** A stall or a burst, as `recexplore.analysis.timing.marks` finds them. */
export interface Mark {
  mark: "stall" | "burst";
  first_chunk: number;
  last_chunk: number;
  t_s: number;
  duration_s: number;
  wait_s: number;
  n_chunks: number;
  usual_s: number;
  words: string;
}

/** How many gaps were as long. */
export interface Bin {
  from: number;
  to: number;
  n: number;
}

/** How long the gaps of a choice were. */
export interface Distribution {
  name: string;
  bins: Bin[];
}

/**
 * When chunks came.
 * `usual` is the usual gap in seconds; `gap_marks` are runs of chunks, the first, the last, and what they are;
 * `marks` are the first stalls and bursts, and `more_marks` says how many follow.
 */
export interface Timing {
  has_time: true;
  words: string;
  metrics: Metric[];
  choices: TimingChoice[];
  usual: number | null;
  about_usual: string;
  gap_marks: [number, number, "stall" | "burst"][];
  marks: Mark[];
  more_marks: number;
  distributions: Distribution[];
}

/** Why nothing is known of time. */
export interface NoTiming {
  has_time: false;
  why: string;
}

/** A piece of a call's arguments: how long they were with it, what state they were in, and where they broke. */
export interface Fragment {
  chunk: number;
  text: string | null;
  chars: number;
  state: "empty" | "incomplete" | "complete" | "not an object" | "broken";
  broken_at: number | null;
}

/** A call, and how it fits what the request declared; `schema` is JSON. */
export interface ToolCall {
  name: string | null;
  about: string;
  fragments: Fragment[];
  takes_json: boolean;
  finish_chunk: number | null;
  description: string | null;
  schema: string | null;
  misfits: string[];
  undeclared: string | null;
}

/** A tool that the request declared; `schema` is JSON. */
export interface DeclaredTool {
  name: string;
  description: string | null;
  schema: string | null;
}

/** Calls, declared tools, and why there is neither. */
export interface ToolsPane {
  calls: ToolCall[];
  declared: DeclaredTool[];
  why: string;
}

/** How sure the model was of a choice. */
export interface SureChoice {
  choice: number | null;
  n_tokens: number;
  mean_logprob: number;
  perplexity: number;
}

/** Tokens as choice, chunk, token, log probability and alternatives; the least probable by their positions. */
export interface LogprobsPane {
  tokens: [number | null, number, string, number | null, [string, number][]][];
  is_cut: boolean;
  least_sure: number[];
  choices: SureChoice[];
}

/** The request as JSON, or why it cannot be shown. */
export interface RawPane {
  request: string | null;
  why: string | null;
}

/** A kind of event; `look` is null where its text is not among what is read. */
export interface ShownKind {
  name: string;
  label: string;
  look: "prose" | "thought" | "code" | "alert" | "aside" | "markup" | "label" | "none" | null;
  is_sized: boolean;
}

/** What a chunk share is drawn as. */
export interface LegendEntry {
  name: string;
  label: string;
}

/** An opening, and where it begins; "" and null where there is no recording, or no chunk is meant. */
export interface Start {
  kinds: ShownKind[];
  legend: LegendEntry[];
  small_letters: string;
  severities: ("error" | "warning" | "note")[];
  where: string;
  notes: string[];
  empty: string;
  n_unread: number;
  n_skipped: number;
  recording: string;
  chunk: number | null;
}

/** A value of a facet, and how many recordings it would leave; null while that is not known. */
export interface FacetValue {
  value: string;
  count: number | null;
}

/** Where a query's word stands in a text of the recording, and what stands around it. */
export interface Match {
  before: string;
  hit: string;
  after: string;
  where: string;
}

/**
 * One row of the table.
 * `name` and `detail` are what a person tells recordings apart by, and `named` says what they are: of a `test`
 * its function and parameters (and the id, where the test has several recordings), of a `request` without a model its
 * line and host, else the `file`'s name and nothing. `model` and `provider` are "" where nobody named them, counts
 * and times null where none was recorded; `recorded` are seconds of POSIX. One that `is_open` has no end yet.
 */
export interface Row {
  name: string;
  detail: string;
  named: "test" | "request" | "file";
  id: string;
  test: string;
  path: string;
  request: string;
  model: string;
  provider: string;
  dialect: string;
  choices: number | null;
  chunks: number | null;
  prompt: number | null;
  completion: number | null;
  tokens: number | null;
  bytes: number | null;
  runs: number | null;
  duration: number | null;
  recorded: number | null;
  clock: string;
  error: boolean;
  is_open: boolean;
  findings: Record<string, number>;
  lanes: string[];
  match: Match | null;
}

/**
 * What a search found.
 * `at` is the place of the recording that is shown, -1 where it is not among them; `anchor` the first of those asked
 * for that still is, and its place; `largest` the largest number of each column in the whole corpus.
 */
export interface FindAnswer {
  total: number;
  of: number;
  at: number;
  anchor: [string, number] | null;
  facets: Record<string, FacetValue[]>;
  n_values: Record<string, number>;
  sort: string | null;
  descending: boolean;
  largest: Record<string, number>;
  notes: string[];
  nowhere: string[];
  substrings: string[];
  rows: Row[];
}

/** Values of a facet that hold some words, and how many there are. */
export interface FacetValues {
  values: FacetValue[];
  n_values: number;
}

/** A finding; `spans` are places in assembled texts: the text's number, start and end in UTF-16 units. */
export interface Finding {
  rule: string | null;
  severity: "error" | "warning" | "note";
  message: string | null;
  evidence: string | null;
  chunk: number | null;
  last_chunk: number | null;
  choice: number | null;
  spans: number[][];
}

/** A finding that somebody accepted: the file that says so, and the reason that stands there. */
export interface AcceptedFinding {
  rule: string | null;
  severity: "error" | "warning" | "note";
  message: string | null;
  evidence: string | null;
  chunk: number | null;
  last_chunk: number | null;
  choice: number | null;
  spans: number[][];
  accepted_in: string;
  reason: string | null;
}

/** What the catalogue says of a rule. */
export interface RuleWords {
  title: string;
  meaning: string;
  cause: string;
  remedy: string;
}

/** A choice, why it ended and in which chunk. */
export interface StreamChoice {
  choice: number;
  name: string;
  role: string | null;
  finish: string | null;
  finish_chunk: number;
}

/**
 * Facts of a stream.
 * `lanes` has the choice of each; `tool_names` and `finishes` are pairs of event and text, only where there is one;
 * `columns` are pairs of name and type, in the order of the buffers.
 */
export interface StreamView {
  id: string;
  n_chunks: number;
  clock: string;
  choices: StreamChoice[];
  lanes: number[];
  tool_names: [number, string][];
  finishes: [number, string][];
  columns: [string, "int32" | "uint8" | "uint32" | "float32" | "float64" | "utf8"][];
}

/** A test's function, and what it was run with. */
export interface NamedTest {
  name: string;
  parameters: string;
}

/** Something to take away. */
export interface CopyChoice {
  name: string;
  label: string;
}

/**
 * What is shown of a recording.
 * `prompt` is null where it is asked for apart; `facts` are pairs of label and value, `words` have a meaning too, and
 * are `words_if_left` where the recorder of a stream without an end died; `about` is the error of a recording that is
 * nothing else; one that `is_open` has no end yet.
 */
export interface RecordingView {
  findings: Finding[];
  accepted: AcceptedFinding[];
  more_findings: number;
  n_findings: Record<string, number>;
  rules: Record<string, RuleWords>;
  id: string;
  stream: StreamView;
  shape: "stream" | "whole" | "error" | "exchange";
  title: string;
  prompt: string | null;
  test: string;
  test_name: NamedTest;
  path: string;
  facts: string[][];
  about: string | null;
  is_open: boolean;
  words: string[][];
  words_if_left: string[][];
  panes: string[];
  copies: CopyChoice[];
  glossary: string[][];
  n_tool_calls: number;
  has_logprobs: boolean;
  about_findings: string;
}

/** Something that could not be read; `exchange` and `chunk` are null where it is of none. */
export interface UnreadFile {
  path: string;
  exchange: number | null;
  chunk: number | null;
  what: string;
  expected: string;
  found: string;
  hint: string;
}

/** The first problems, and how many there are. */
export interface UnreadFiles {
  rows: UnreadFile[];
  total: number;
}

/** A file that a search passed over. */
export interface SkippedFile {
  path: string;
  reason: string;
}

/** The first files that were passed over, and how many there are. */
export interface SkippedFiles {
  rows: SkippedFile[];
  total: number;
}

/** The files that gave no recordings, or not all they hold. */
export interface Files {
  unread: UnreadFiles;
  skipped: SkippedFiles;
}

/**
 * A recording without an end.
 * It is `left` where nobody writes it any more. `quiet_s` is how long ago its last chunk came, null where none came,
 * or where more has come than is read; `longest_s` how long it may be silent, null of one that is not `silent`.
 */
export interface Coming {
  recording: string;
  state: "coming" | "silent" | "left";
  quiet_s: number | null;
  longest_s: number | null;
}

/** An event, and in `more` all else that is known of it. */
export interface ChunkEvent {
  kind: string;
  choice: number | null;
  text: string | null;
  more: string;
}

/** A chunk as JSON, or why it cannot be shown, and what was made of it. */
export interface ChunkView {
  raw: string | null;
  why: string | null;
  events: ChunkEvent[];
}

/** How many recordings have been grouped by their requests, and of how many. */
export interface Grouping {
  n_read: number;
  of: number;
}

/**
 * How many runs a recording's request has; null until recordings have been grouped, which `is_costly` if it is only
 * done for who asks for it.
 */
export interface RunCount {
  n_runs: number | null;
  is_costly: boolean;
}

/** A verdict by its name, and what it means. */
export interface VerdictView {
  name: string;
  meaning: string;
}

/** A level, what belongs to it, how many classes of equal runs it has, and which share of all pairs agrees in it. */
export interface LevelView {
  name: string;
  meaning: string;
  n_classes: number;
  stability: number;
}

/** Where a run first parts from the reference: in which text, after how many characters, and what both say there. */
export interface PartingView {
  text: string;
  char: number;
  says: string;
  reference_says: string;
}

/**
 * A run; `classes` are by level: runs with equal numbers are equal in it and all above it, the reference has 0.
 * `matched` are its choices that are another choice of the reference: the run's number and the reference's.
 * `has_usage` says whether a usage report came; `other_spelling` what differs, where the words are other ones and mean
 * the same; `stalls` are sentences: no run differs by them.
 */
export interface RunView {
  id: string;
  path: string;
  name: string;
  test: string;
  model: string;
  verdict: string;
  classes: number[];
  matched: [number, number][];
  finish: string;
  broken: string | null;
  chunks: number;
  tokens: number | null;
  has_usage: boolean;
  parting: PartingView | null;
  other_spelling: string | null;
  stalls: string[];
}

/** An aspect in which runs differ, and which runs share a value, the most frequent value first. */
export interface AspectView {
  title: string;
  level: string;
  values: number[][];
}

/** A text that runs have: of a choice, of a kind, of tool arguments also of which call; it has `n_values`. */
export interface TextPlaceView {
  choice: number;
  kind: string;
  tool: number | null;
  label: string;
  n_values: number;
}

/**
 * What runs come to.
 * `sentences` are the verdict in words, the runs first; `verdicts` are all there can be, the worst first; `alike` the
 * titles of the aspects in which all agree.
 */
export interface ComparisonView {
  title: string;
  sentences: string[];
  verdict: string;
  verdicts: VerdictView[];
  levels: LevelView[];
  left_out: string[];
  is_one_request: boolean;
  reference: number;
  runs: RunView[];
  aspects: AspectView[];
  alike: string[];
  texts: TextPlaceView[];
}

/**
 * The text of one run in a section: its tool's name, how many pieces and UTF-16 units, and the stretches (start and
 * end in these) that are not as in the first run, of the first run what any other has not. `own_choice` is the number
 * that the run gave the choice, null where it has none of it.
 */
export interface TextPart {
  own_choice: number | null;
  tool_name: string;
  n_pieces: number;
  n_units: number;
  differing: [number, number][];
}

/** A text of all shown runs, a part each; `legend` is what it is drawn as, `start` and `end` are on the axis. */
export interface TextSection {
  choice: number;
  kind: string;
  tool: number | null;
  label: string;
  n_values: number;
  legend: number;
  start: number;
  end: number;
  parts: TextPart[];
}

/** The texts of some runs; `columns` are pairs of name and type, in the order of the buffers. */
export interface AlignedTexts {
  runs: number[];
  sections: TextSection[];
  columns: [string, "int32" | "uint8" | "uint32" | "float32" | "float64" | "utf8"][];
}

/**
 * A branch: from which character to which; `text` is the first of what its runs say there, `ends` the last.
 * Its runs stand in the order from `first_run` to before `end_run`; `n_ending` of them end with it. `logprob` is
 * that of the piece with which it parts, null where none was recorded.
 */
export interface Branch {
  parent: number | null;
  start: number;
  end: number;
  first_run: number;
  end_run: number;
  n_ending: number;
  text: string;
  ends: string;
  logprob: number | null;
}

/** The branches, parents before children; runs in the order in which branches hold them. */
export interface Branches {
  order: number[];
  branches: Branch[];
}

/** An answer: the first of its runs, and how many give it. */
export interface AnswerView {
  run: number;
  n_runs: number;
}

/**
 * Answers in the order of their clusters (`recexplore.analysis.clustering`); `similarity` is by row and column.
 * `n_answers` there are, of which so many are shown. `partings` counts the runs by the share of the text after which
 * they leave the reference, in bins of equal width; `n_equal` of them never do.
 */
export interface Alike {
  answers: AnswerView[];
  similarity: number[][];
  n_answers: number;
  partings: number[];
  n_equal: number;
}

/** A recording that a rule fired on: how many findings, the first chunk and the worst severity. */
export interface ConcernedRecording {
  recording: string;
  test_id: string | null;
  n: number;
  chunk: number | null;
  severity: "error" | "warning" | "note";
  model: string;
}

/**
 * All that can be said of one rule in a corpus.
 * `title` and `severity` are null where no catalogue has it; `sections` are pairs of heading and text; `of` says
 * how many recordings there are; `recordings` are the first 300 in the order of the corpus; `models` are name,
 * recordings with a finding and recordings in all, the most concerned first.
 */
export interface RulePage {
  name: string;
  title: string | null;
  severity: "error" | "warning" | "note" | null;
  sections: string[][];
  n_findings: number;
  n_recordings: number;
  of: number;
  recordings: ConcernedRecording[];
  models: [string, number, number][];
}

/**
 * What accepting a finding would write: the file, the lines that it gains, and what follows; else `problem` says why
 * nothing can be written, and the others are "".
 */
export interface ProposalView {
  problem: string | null;
  file: string;
  text: string;
  words: string;
}

/** That it is written, in words. */
export interface Accepted {
  words: string;
}

/**
 * How many files are new, changed or gone, the recordings in them, what became of ids; empty where nothing is known.
 * A file is not `changed` that goes on where it had no end.
 */
export interface ChangedRecordings {
  new?: number;
  changed?: number;
  gone?: number;
  recordings?: string[];
  renamed?: Record<string, string | null>;
}

/**
 * How far reading is, or what comes after it, in words ("" at the beginning) and from 0 to 1; the revision that holds
 * what is read so far, null where none does, and what became of the ids of the one before.
 */
export interface Loading {
  state: "loading";
  words: string;
  share: number;
  revision: number | null;
  changes: ChangedRecordings;
}

/** The place could not be read; what was read before stays. */
export interface Failed {
  state: "failed";
  words: string;
}

/** The place is read; what is asked from now on is about this revision of it. */
export interface Ready {
  state: "ready";
  revision: number;
  changes: ChangedRecordings;
}

/**
 * The language as data, for whoever understands queries where there is no Python.
 * Fields are columns, each as `frame.name`; `visible` and `spoken` those that a word without a field is looked for
 * in. The flag `of_rules` takes the name of a rule, too. `number` is a pattern; `notes` hold names in braces.
 */
export interface Language {
  fields: Record<string, string[]>;
  visible: string[];
  spoken: string[];
  numbers: string[];
  flags: Record<string, string[]>;
  flags_in_words: Record<string, string>;
  of_rules: string;
  rules: string[];
  compared: string[];
  order: string;
  request: string;
  most_words: number;
  longest_word: number;
  number: string;
  notes: Record<string, string>;
}

/** Different values, and for each the places of the recordings that have it. */
export interface Members {
  values: string[];
  members: number[][];
}

/** Characters of what is shown of a text that was hit: in all, before the hit, of the hit. */
export interface SnippetRoom {
  whole: number;
  lead: number;
  hit: number;
}

/**
 * What is known of every recording, by its place among `rows`.
 * `facets` are null where nothing is known of them; `requests` number the requests, so that runs of one have the same;
 * `ranks` order as the table's orders do, null comes last; `also`
 * are other names of orders; `nowhere` says of each rule that has no finding that it is so.
 */
export interface SearchTable {
  language: Language;
  rows: Row[];
  texts: Record<string, Members>;
  numbers: Record<string, (number | null)[]>;
  flags: Record<string, number[]>;
  facets: Record<string, Members | null>;
  requests: number[];
  most_values: number;
  ranks: Record<string, (number | null)[]>;
  also: Record<string, string>;
  largest: Record<string, number>;
  nowhere: Record<string, string>;
  snippet: SnippetRoom;
}

/** The texts of the answers, a row for each choice or call: whose it is (a place), its choice, and its columns. */
export interface AnswerTexts {
  owners: number[];
  choices: number[];
  columns: Record<string, (string | null)[]>;
}

/** What is answered for each pane. */
export interface Panes {
  request: RequestPane;
  reasoning: ReasoningPane;
  tokens: TokensPane;
  timing: Timing | NoTiming;
  tools: ToolsPane;
  logprobs: LogprobsPane;
  raw: RawPane;
}

/** What the page asks, and what it is answered. */
export interface Questions {
  opening: { given: { recording?: string | null; chunk?: number | null }; answer: Start };
  find: { given: { view: string; key: number; count: number; recording: string; query?: string; facets?: Record<string, string[]> | null; sort?: string | null; descending?: boolean; anchors?: string[] }; answer: FindAnswer };
  rows: { given: { view: string; key: number; first: number; count: number }; answer: Row[] };
  values: { given: { view: string; key: number; facet: string; words: string }; answer: FacetValues };
  show: { given: { recording: string }; answer: RecordingView };
  files: { given: {}; answer: Files };
  coming: { given: {}; answer: Coming[] };
  prompt: { given: { recording: string }; answer: string };
  prompts: { given: { recordings: string[] }; answer: Record<string, string> };
  pane: { given: { recording: string; name: string }; answer: Panes[keyof Panes] };
  chunk: { given: { recording: string; chunk: number }; answer: ChunkView };
  copy: { given: { recording: string; what: string; chunk: number }; answer: string };
  grouping: { given: { is_asked: boolean }; answer: Grouping };
  runs: { given: { recording: string }; answer: RunCount };
  compare: { given: { recordings: string[] }; answer: ComparisonView };
  compare_texts: { given: { recordings: string[]; runs: number[] }; answer: AlignedTexts };
  compare_tree: { given: { recordings: string[]; choice: number; kind: string; tool: number | null }; answer: Branches };
  compare_alike: { given: { recordings: string[] }; answer: Alike };
  rule: { given: { rule: string }; answer: RulePage };
  proposal: { given: { recording: string; rule: string; severity: string; choice: number | null; way: string; reason?: string; until?: string }; answer: ProposalView };
  accept: { given: { recording: string; rule: string; severity: string; choice: number | null; way: string; shown: string; reason?: string; until?: string }; answer: Accepted };
}

/** What a page is told without having asked. */
export type Notice = Loading | Failed | Ready;

/** Carries a question to Python; its answer comes with the buffers that travel beside it. */
export type Ask = <Q extends keyof Questions>(
  what: Q, given: Questions[Q]["given"],
) => Promise<{ value: Questions[Q]["answer"]; buffers: DataView[] }>;
