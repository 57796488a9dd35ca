// JupyterLab's door to the explorer: an entry of the launcher and the palette, one of the file browser's menu.
//
// JupyterLab loads extensions as containers of module federation; this is one, written by hand, so that there is nothing to
// build. It opens the page that the server extension serves, in a tab of JupyterLab.
(() => {
  const COMMAND = "recexplore:open", COMMAND_HERE = "recexplore:open-selected";
  const ICON = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><g stroke-width="2.6" stroke-linecap="round"><path stroke="#3b7dd8" d="M4 8v3M10 6v7M16 8v3"/><path stroke="#e69f00" d="M7 14v3M13 13v5M19 14v3"/></g></svg>';
  let shared = null;

  /** A package that JupyterLab shares with its extensions. */
  async function load(name) {
    const versions = shared[name];
    const newest = Object.keys(versions).sort((one, other) => other.localeCompare(one, undefined, { numeric: true }))[0];
    return (await versions[newest].get())();
  }

  async function plugin() {
    const [{ ILauncher }, { ICommandPalette, MainAreaWidget }, { IFrame, LabIcon }, { IDefaultFileBrowser }, { URLExt }] = await Promise.all(
      ["@jupyterlab/launcher", "@jupyterlab/apputils", "@jupyterlab/ui-components", "@jupyterlab/filebrowser", "@jupyterlab/coreutils"].map(load));
    const icon = new LabIcon({ name: "recexplore:icon", svgstr: ICON });

    function open(app, path) {
      const local = app.serviceManager.contents.localPath(path);
      const content = new IFrame({ sandbox: ["allow-scripts", "allow-same-origin"] });
      content.url = `${URLExt.join(app.serviceManager.serverSettings.baseUrl, "recexplore/")}?path=${encodeURIComponent(local)}`;
      content.title.label = local.split("/").pop() || "recexplore";
      content.title.caption = `The recordings of ${local || "this server's folder"}`;
      content.title.icon = icon;
      content.title.closable = true;
      app.shell.add(new MainAreaWidget({ content }), "main");
    }

    return {
      id: "recexplore:explorer",
      description: "Opens the explorer of recorded LLM API streams.",
      autoStart: true,
      optional: [ILauncher, ICommandPalette, IDefaultFileBrowser],
      activate(app, launcher, palette, browser) {
        app.commands.addCommand(COMMAND, {
          label: "Recordings of this folder", caption: "Explore the recorded LLM API streams in this folder and below", icon,
          execute: ({ cwd }) => open(app, cwd ?? browser?.model.path ?? ""),
        });
        app.commands.addCommand(COMMAND_HERE, {
          label: "Explore recordings", caption: "Explore the recorded LLM API streams in there", icon,
          execute: () => { for (const item of browser?.selectedItems() ?? []) open(app, item.path); },
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
