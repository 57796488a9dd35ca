// Finding out which recordings are runs of one request: a little at a time, while nothing else is asked.

const AFTER_MS = 400;

/**
 * Sets `grouped` in the State when it is known; what would take long is only begun when somebody asks for it.
 * @param {import("../explorer.js").Source} source
 * @param {import("../state.js").State} state
 */
export function groupingOf(source, state) {
  let turn = 0, isAsked = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  /** @param {number} mine */
  async function goOn(mine) {
    for (let before = -1; mine === turn;) {
      const answer = await source.grouping(isAsked).catch(() => null);
      // A picture answers nothing more; and what was not begun, nobody asked for.
      if (!answer || mine !== turn) return;
      if (answer.n_read === answer.of) return state.set("grouped", true);
      if (answer.n_read === before) return;
      before = answer.n_read;
    }
  }

  return {
    /** Begins, in a while if nobody waits for it. @param {boolean} asked */
    begin(asked) {
      if (state.get("grouped") || (isAsked && asked)) return;
      isAsked ||= asked;
      clearTimeout(timer);
      const mine = ++turn;
      timer = setTimeout(() => goOn(mine), asked ? 0 : AFTER_MS);
    },
    /** Begins anew: the corpus is another. */
    forget() {
      const wasAsked = isAsked;
      isAsked = false;
      state.set("grouped", false);
      this.begin(wasAsked);
    },
    destroy() {
      turn++;
      clearTimeout(timer);
    },
  };
}
