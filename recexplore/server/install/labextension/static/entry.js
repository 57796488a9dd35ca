// JupyterLab's door to the explorer: an entry of the launcher and the palette, one of the file browser's menu; and in
// notebooks the picture that is kept of an explorer, until it is alive.
//
// JupyterLab loads extensions as containers of module federation; this is one, written by hand, so that there is nothing to
// build. It opens the page that the server extension serves, in a tab of JupyterLab; in Notebook 7, whose window holds one
// thing, in a tab of the browser.
(() => {
  const COMMAND = "recexplore:open", COMMAND_HERE = "recexplore:open-selected";
  const WIDGET = "application/vnd.jupyter.widget-view+json", OURS = "application/vnd.recexplore.explorer+json";
  /** Before the widget's own, which is at -10. */
  const RANK = -20;
  const MOST_TRIES = 5;
  const ICON = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><g stroke-width="2.6" stroke-linecap="round"><path stroke="#3b7dd8" d="M4 8v3M10 6v7M16 8v3"/><path stroke="#e69f00" d="M7 14v3M13 13v5M19 14v3"/></g></svg>';
  let shared = null;

  /** A package that JupyterLab shares with its extensions. */
  async function load(name) {
    const versions = shared[name];
    const newest = Object.keys(versions).sort((one, other) => other.localeCompare(one, undefined, { numeric: true }))[0];
    return (await versions[newest].get())();
  }

  /** Shows the picture that a saved notebook keeps of an explorer, until the explorer itself is there; keeps a new one then. */
  function pictureFirst({ Widget, PanelLayout }, rendermime, session) {
    return class extends Widget {
      constructor() {
        super();
        this.addClass("rx-kept");
        this.node.setAttribute("data-rx-keeps-picture", "");
        this.layout = new PanelLayout();
        this.model = null;
        this.still = document.createElement("figure");
        this.still.style.margin = "0";
        this.node.append(this.still);
        this.node.addEventListener("rx-picture", (event) => this.keep(event.detail.png));
        this.watch = new MutationObserver(() => this.settle());
        // The renderers of widgets that a notebook had before its kernel was connected know no widget: they are made anew.
        this.tries = 0;
        this.retry = (_, status) => { if (status === "idle" && this.living?.isHidden && this.tries < MOST_TRIES) this.enliven(); };
        session.statusChanged.connect(this.retry);
      }

      async renderModel(model) {
        const before = this.model;
        this.model = model;
        const id = (each) => each?.data[WIDGET]?.model_id;
        if (before && id(before) === id(model)) return;
        this.showStill(model.data["image/png"]);
        // Whoever cleaned the notebook left the picture only.
        if (!id(model)) return;
        this.tries = 0;
        await this.enliven();
      }

      async enliven() {
        // An output may be cleared before its turn comes.
        if (this.isDisposed) return;
        this.tries += 1;
        this.living = rendermime.createRenderer(WIDGET);
        [...this.layout.widgets].forEach((each) => each.dispose());
        this.layout.addWidget(this.living);
        this.watch.observe(this.living.node, { childList: true, subtree: true });
        this.settle();
        const mine = this.living;
        try {
          await mine.renderModel(this.model);
        } catch (error) {
          // One that was made anew meanwhile has taken its place.
          if (mine === this.living && !this.isDisposed) throw error;
        }
      }

      showStill(png) {
        const words = document.createElement("figcaption");
        words.textContent = "This explorer is not alive: its kernel is gone or was never started. Run the cell.";
        words.style.cssText = "color: var(--jp-ui-font-color2); font-size: var(--jp-ui-font-size1); padding: 4px 0";
        const picture = png ? Object.assign(new Image(), { src: `data:image/png;base64,${png}`, alt: "the explorer as this cell showed it" }) : null;
        if (picture) picture.style.maxWidth = "100%";
        this.still.replaceChildren(words, ...(picture ? [picture] : []));
      }

      /** The one that is alive is shown; until there is one, the picture. */
      settle() {
        if (this.isDisposed || !this.living) return;
        const isAlive = this.living.node.querySelector(".rx-explorer") !== null;
        this.still.hidden = isAlive;
        this.living.setHidden(!isAlive);
      }

      keep(png) {
        const bytes = new Uint8Array(png.buffer, png.byteOffset, png.byteLength);
        let text = "";
        for (const byte of bytes) text += String.fromCharCode(byte);
        const made = btoa(text);
        if (this.model.data["image/png"] !== made) this.model.setData({ data: { ...this.model.data, "image/png": made } });
      }

      dispose() {
        session.statusChanged.disconnect(this.retry);
        this.watch.disconnect();
        super.dispose();
      }
    };
  }

  function keepPictures(lumino, tracker) {
    tracker.widgetAdded.connect((_, panel) => {
      const { rendermime } = panel.content, Kept = pictureFirst(lumino, rendermime, panel.sessionContext);
      rendermime.addFactory({ safe: false, mimeTypes: [OURS], createRenderer: () => new Kept() }, RANK);
    });
  }

  async function plugin() {
    const [{ ILabShell }, { ILauncher }, { ICommandPalette, MainAreaWidget }, { IFrame, LabIcon }, { IDefaultFileBrowser }, { URLExt }, { INotebookTracker }, lumino] = await Promise.all(
      ["@jupyterlab/application", "@jupyterlab/launcher", "@jupyterlab/apputils", "@jupyterlab/ui-components", "@jupyterlab/filebrowser", "@jupyterlab/coreutils", "@jupyterlab/notebook", "@lumino/widgets"].map(load));
    const icon = new LabIcon({ name: "recexplore:icon", svgstr: ICON });

    function open(app, labShell, path) {
      const local = app.serviceManager.contents.localPath(path);
      const address = `${URLExt.join(app.serviceManager.serverSettings.baseUrl, "recexplore/")}?path=${encodeURIComponent(local)}`;
      if (!labShell) {
        window.open(address, "_blank", "noopener");
        return;
      }
      const content = new IFrame({ sandbox: ["allow-scripts", "allow-same-origin"] });
      content.url = address;
      content.title.label = local.split("/").pop() || "recexplore";
      content.title.caption = `The recordings of ${local || "this server's folder"}`;
      content.title.icon = icon;
      content.title.closable = true;
      labShell.add(new MainAreaWidget({ content }), "main");
    }

    return {
      id: "recexplore:explorer",
      description: "Opens the explorer of recorded LLM API streams.",
      autoStart: true,
      optional: [ILabShell, ILauncher, ICommandPalette, IDefaultFileBrowser, INotebookTracker],
      activate(app, labShell, launcher, palette, browser, tracker) {
        if (tracker) keepPictures(lumino, tracker);
        app.commands.addCommand(COMMAND, {
          label: "Recordings of this folder", caption: "Explore the recorded LLM API streams in this folder and below", icon,
          execute: ({ cwd }) => open(app, labShell, cwd ?? browser?.model.path ?? ""),
        });
        app.commands.addCommand(COMMAND_HERE, {
          label: "Explore recordings", caption: "Explore the recorded LLM API streams in there", icon,
          execute: () => { for (const item of browser?.selectedItems() ?? []) open(app, labShell, item.path); },
        });
        launcher?.add({ command: COMMAND, category: "recexplore", rank: 1 });
        palette?.addItem({ command: COMMAND, category: "recexplore" });
        if (browser) app.contextMenu.addItem({ command: COMMAND_HERE, selector: ".jp-DirListing-item[data-isdir]", rank: 3.5 });
      },
    };
  }

  (window._JUPYTERLAB ??= {}).recexplore = {
    init: (scope) => { shared = scope; },
    async get() {
      const made = await plugin();
      return () => ({ __esModule: true, default: made });
    },
  };
})();
