const { mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

// Created once per run, inherited by workers: n8n-core writes settings there, not to the home folder.
module.exports = () => {
	const folder = mkdtempSync(join(tmpdir(), 'n8n-nodes-sora-jest-'));
	process.env.N8N_USER_FOLDER = folder;
	process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
};
