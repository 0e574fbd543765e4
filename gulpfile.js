const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { dest, series, src } = require('gulp');

// n8n has these on board; anything else would resolve here, out of the devDependencies, and be missing at the user's.
const hostModules = new Set([
	'lodash',
	'luxon',
	'moment',
	'n8n-workflow',
	'node:crypto',
	'p-limit',
	'zod',
]);

const inDist = (file) => path.join(__dirname, 'dist', file);

const distFiles = () =>
	fs
		.readdirSync(inDist('.'), { withFileTypes: true, recursive: true })
		.filter((entry) => entry.isFile())
		.map((entry) => path.relative(inDist('.'), path.join(entry.parentPath, entry.name)))
		.map((file) => file.split(path.sep).join('/'))
		.sort();

const isShipped = (file) =>
	/^(nodes|credentials)\/.*(\.js|\.node\.json|\.svg)$/.test(file) &&
	!/\.(test|spec)\.js$|(^|\/)(test|tests|__tests__)\//.test(file);

function copyCodex() {
	return src('nodes/**/*.node.json', { base: '.' }).pipe(dest('dist'));
}

// n8n-node build copies every picture of the repository into dist, those of the tests and the documentation too.
async function removeStrays() {
	for (const file of distFiles()) {
		if (!isShipped(file)) fs.rmSync(inDist(file));
	}
	const folders = fs
		.readdirSync(inDist('.'), { withFileTypes: true, recursive: true })
		.filter((entry) => entry.isDirectory())
		.map((entry) => path.join(entry.parentPath, entry.name));
	// The longest first: a folder is looked at when those inside it are gone.
	for (const folder of folders.sort((a, b) => b.length - a.length)) {
		if (fs.readdirSync(folder).length === 0) fs.rmdirSync(folder);
	}
}

async function loadAsN8nDoes() {
	const userFolder = fs.mkdtempSync(path.join(os.tmpdir(), 'n8n-nodes-sora-build-'));
	process.env.N8N_LOG_LEVEL = 'silent';
	process.env.N8N_USER_FOLDER = userFolder;
	try {
		const { PackageDirectoryLoader } = require('n8n-core');
		const loader = new PackageDirectoryLoader(__dirname);
		await loader.loadAll();
		return loader;
	} finally {
		fs.rmSync(userFolder, { recursive: true, force: true });
	}
}

function* listedProblems(manifest) {
	const listed = [...manifest.n8n.nodes, ...manifest.n8n.credentials];
	for (const file of listed) {
		if (!fs.existsSync(path.join(__dirname, file)))
			yield `${file} is named in package.json and missing`;
	}
	const built = distFiles()
		.filter((file) => /\.(node|credentials)\.js$/.test(file))
		.map((file) => `dist/${file}`);
	for (const file of built) {
		if (!listed.includes(file)) yield `${file} is built and not named in package.json`;
	}
}

function* importProblems() {
	for (const file of distFiles().filter((name) => name.endsWith('.js'))) {
		const code = fs.readFileSync(inDist(file), 'utf8');
		for (const [, name] of code.matchAll(/\b(?:require|import)\(\s*["'`]([^"'`]+)["'`]\s*\)/g)) {
			if (!name.startsWith('.') && !hostModules.has(name)) {
				yield `dist/${file} imports ${name}, which n8n does not provide`;
			}
		}
	}
}

function* knownProblems(loader, manifest) {
	for (const kind of ['nodes', 'credentials']) {
		const known = Object.values(loader.known[kind]).map(({ sourcePath }) => sourcePath);
		for (const file of manifest.n8n[kind]) {
			if (!known.includes(file))
				yield `${file} is not known to n8n after loading: is its name taken twice?`;
		}
	}
	for (const [name, { type }] of Object.entries(loader.nodeTypes)) {
		for (const { name: credential } of loader.getCredentialsForNode(type)) {
			if (!loader.known.credentials[credential]) {
				yield `${name} asks for the credential ${credential}, which the package does not have`;
			}
		}
	}
}

function* codexProblems(loader, manifest) {
	for (const [name, { type, sourcePath }] of Object.entries(loader.nodeTypes)) {
		const file = sourcePath.replace(/\.js$/, '.json');
		let codex;
		try {
			codex = JSON.parse(fs.readFileSync(path.join(__dirname, file), 'utf8'));
		} catch (error) {
			yield `${file} is needed by ${name} and cannot be read: ${error.message}`;
			continue;
		}
		const id = `${manifest.name}.${name}`;
		if (codex.node !== id) yield `${file}: node must be "${id}", not ${JSON.stringify(codex.node)}`;
		for (const version of ['nodeVersion', 'codexVersion']) {
			if (!/^\d+\.\d+$/.test(codex[version])) yield `${file}: ${version} must be like "1.0"`;
		}
		if (!codex.categories?.length) yield `${file}: categories are missing`;
		// n8n drops a codex it cannot take apart without a word.
		else if (!type.description.codex?.categories)
			yield `${file}: n8n does not accept it (no resources?)`;
	}
}

// The loader has turned every `file:` into a path from the package's root.
function iconFiles(described, packageName) {
	const { iconUrl } = described;
	const urls = typeof iconUrl === 'string' ? [iconUrl] : [iconUrl?.light, iconUrl?.dark];
	return urls.filter(Boolean).map((url) => url.replace(`icons/${packageName}/`, ''));
}

function* iconProblems(loader, manifest) {
	const used = new Set();
	const described = [
		...Object.values(loader.nodeTypes).flatMap(({ type }) =>
			loader.getVersionedNodeTypeAll(type).map((version) => version.description ?? version),
		),
		...Object.values(loader.credentialTypes).map(({ type }) => type),
	];
	for (const item of described) {
		const files = iconFiles(item, manifest.name);
		if (files.length < 2) yield `${item.name} needs a light and a dark icon of its own`;
		for (const file of files) {
			used.add(file);
			if (!fs.existsSync(path.join(__dirname, file)))
				yield `${item.name}: its icon ${file} is missing`;
		}
	}
	for (const file of distFiles().filter((name) => name.endsWith('.svg'))) {
		if (!used.has(`dist/${file}`)) yield `dist/${file} is the icon of nothing`;
	}
}

function* tarballProblems() {
	const npm = process.env.npm_execpath?.endsWith('npm-cli.js')
		? [process.execPath, process.env.npm_execpath]
		: ['npm'];
	const [command, ...args] = [...npm, 'pack', '--dry-run', '--json', '--ignore-scripts'];
	const output = execFileSync(command, args, {
		cwd: __dirname,
		encoding: 'utf8',
		shell: process.platform === 'win32' && command === 'npm',
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	const [{ files }] = Object.values(JSON.parse(output));
	for (const { path: file } of files) {
		const expected =
			/^(package\.json|README\.md|LICENSE|CHANGELOG\.md)$/.test(file) ||
			(file.startsWith('dist/') && isShipped(file.slice('dist/'.length)));
		if (!expected) yield `${file} would be published and does not belong there`;
	}
	for (const file of distFiles()) {
		if (!files.some((packed) => packed.path === `dist/${file}`))
			yield `dist/${file} would not be published`;
	}
}

async function verify() {
	const manifest = JSON.parse(fs.readFileSync(path.join(__dirname, 'package.json'), 'utf8'));
	const problems = [...listedProblems(manifest), ...importProblems(), ...tarballProblems()];
	try {
		const loader = await loadAsN8nDoes();
		problems.push(
			...knownProblems(loader, manifest),
			...codexProblems(loader, manifest),
			...iconProblems(loader, manifest),
		);
	} catch (error) {
		// The first line says it; Node adds who asked for the file, n8n the reason beneath it.
		const reasons = [error, error.cause].filter(Boolean).map((e) => e.message.split('\n')[0]);
		problems.push(`n8n cannot load the package: ${reasons.join(': ')}`);
	}
	if (problems.length > 0) {
		const failure = new Error(`the package is not complete\n  ${problems.join('\n  ')}`);
		// Without this gulp shows the stack of this line instead of the text.
		failure.showStack = false;
		throw failure;
	}
	console.log(`The package is complete: ${distFiles().length} files.`);
}

exports.default = series(copyCodex, removeStrays, verify);
