const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { dest, series, src } = require('gulp');
require('tsx/cjs');

const dist = path.join(__dirname, 'dist');

function copyCodex() {
	return src('nodes/**/*.node.json', { base: '.' }).pipe(dest('dist'));
}

// n8n-node build copies every picture of the repository into dist, those of the tests and the documentation too.
async function removeStrays() {
	for (const name of fs.readdirSync(dist)) {
		if (!['nodes', 'credentials'].includes(name)) {
			fs.rmSync(path.join(dist, name), { recursive: true });
		}
	}
}

async function verify() {
	const userFolder = fs.mkdtempSync(path.join(os.tmpdir(), 'n8n-nodes-sora-build-'));
	// What n8n-core reads when it is imported.
	Object.assign(process.env, { N8N_LOG_LEVEL: 'silent', N8N_USER_FOLDER: userFolder });
	try {
		const { problemsOf } = require('./test/engine/builtPackage');
		const problems = await problemsOf();
		if (problems.length === 0) return console.log('The package is complete.');
		const failure = new Error(`the package is not complete\n  ${problems.join('\n  ')}`);
		// Without this gulp shows the stack of this line instead of the text.
		throw Object.assign(failure, { showStack: false });
	} finally {
		fs.rmSync(userFolder, { recursive: true, force: true });
	}
}

exports.default = series(copyCodex, removeStrays, verify);
