"use strict";

// Starts `statelint server` and lets it speak with the editor; everything else is the server's.

const os = require("node:os");
const vscode = require("vscode");
const { LanguageClient, TransportKind } = require("vscode-languageclient/node");

let client;

async function start() {
  const [command, ...args] = vscode.workspace.getConfiguration("statelint").get("command");
  client = new LanguageClient(
    "statelint",
    "statelint",
    // not started in the workspace: some systems look there first for a program of that name
    { command, args, transport: TransportKind.stdio, options: { cwd: os.homedir() } },
    { documentSelector: [{ scheme: "file", language: "python" }] },
  );
  try {
    await client.start();
  } catch (error) {
    const said = `statelint: \`${[command, ...args].join(" ")}\` does not start: ${error.message ?? error}. `;
    vscode.window.showErrorMessage(`${said}Install it with: uv tool install 'statelint-web[server]'`);
  }
}

async function stop() {
  const running = client;
  client = undefined;
  if (running?.isRunning()) {
    await running.stop();
  }
}

async function restart() {
  await stop();
  await start();
}

exports.activate = async (context) => {
  context.subscriptions.push(
    vscode.commands.registerCommand("statelint.restart", restart),
    vscode.workspace.onDidChangeConfiguration((change) => change.affectsConfiguration("statelint.command") && restart()),
  );
  await start();
};

exports.deactivate = stop;
