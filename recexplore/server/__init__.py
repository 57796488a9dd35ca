"""The explorer in a browser window of its own: a Jupyter Server application, alone or inside a running JupyterLab or Hub.

`app` is what Jupyter Server knows, `handlers` what it is asked over HTTP and WebSocket, `open_corpus` a place that is
loaded, asked about and watched, `changes` what became of its files. What a page shows comes from `views.explorer.answers`,
as it does in a notebook.
"""
