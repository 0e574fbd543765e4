/* eslint-disable @n8n/community-nodes/no-restricted-imports -- looks at the built package on a developer's machine, never inside n8n */
/** What is missing from, or wrong with, the package in dist. The build fails with it (gulpfile.js), and so do the tests. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import execa from 'execa';
import type { PackageDirectoryLoader } from 'n8n-core';
import type { INodeTypeDescription } from 'n8n-workflow';

import { CHECKOUT } from '../e2e/environment';

interface Manifest {
	name: string;
	n8n: { nodes: string[]; credentials: string[] };
}

/** n8n has these on board; anything else would resolve here, out of the devDependencies, and be missing at the user's. */
const HOST_MODULES = ['lodash', 'luxon', 'moment', 'n8n-workflow', 'node:crypto', 'p-limit', 'zod'];
const SHIPPED =
	/^(package\.json|README\.md|LICENSE|CHANGELOG\.md|dist\/(nodes|credentials)\/.*(\.js|\.node\.json|\.svg))$/;
const OF_TESTS = /\.(test|spec)\.js$|\/(test|tests|__tests__)\//;

/** The built package by the loader that n8n uses for a community package. */
export async function loadBuilt(root = CHECKOUT): Promise<PackageDirectoryLoader> {
	// n8n-core reads its environment when it is imported.
	const core = await import('n8n-core');
	const loader = new core.PackageDirectoryLoader(root);
	await loader.loadAll();
	return loader;
}

/** @param root of the package; a line for each problem, none where it can be published */
export async function problemsOf(root = CHECKOUT): Promise<string[]> {
	const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
	const files = readdirSync(join(root, 'dist'), { withFileTypes: true, recursive: true })
		.filter((entry) => entry.isFile())
		.map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
		.sort();
	const problems = [
		...listed(manifest, files),
		...imported(root, files),
		...packed(files, await filesOfTarball(root)),
	];
	try {
		const loader = await loadBuilt(root);
		problems.push(...known(loader, manifest), ...codexes(root, loader, manifest));
		problems.push(...icons(loader, manifest, files));
	} catch (error) {
		// The first line says it; Node adds who asked for the file, n8n the reason beneath it.
		const { message, cause } = error as Error & { cause?: Error };
		const reasons = [message, cause?.message].flatMap((text) => text?.split('\n')[0] ?? []);
		problems.push(`n8n cannot load the package: ${reasons.join(': ')}`);
	}
	return problems;
}

function listed({ n8n }: Manifest, files: string[]): string[] {
	const named = [...n8n.nodes, ...n8n.credentials];
	const built = files.filter((file) => /\.(node|credentials)\.js$/.test(file));
	return [
		...named
			.filter((file) => !files.includes(file))
			.map((file) => `${file} is named in package.json and missing`),
		...built
			.filter((file) => !named.includes(file))
			.map((file) => `${file} is built and not named in package.json`),
	];
}

function imported(root: string, files: string[]): string[] {
	return files
		.filter((file) => file.endsWith('.js'))
		.flatMap((file) => {
			const code = readFileSync(join(root, file), 'utf8');
			const names = code.matchAll(/\b(?:require|import)\(\s*["'`]([^"'`]+)["'`]\s*\)/g);
			return [...names]
				.map(([, name = '']) => name)
				.filter((name) => !name.startsWith('.') && !HOST_MODULES.includes(name))
				.map((name) => `${file} imports ${name}, which n8n does not provide`);
		});
}

async function filesOfTarball(root: string): Promise<string[]> {
	const pack = ['pack', '--dry-run', '--json', '--ignore-scripts'];
	const { stdout } = await execa('npm', pack, { cwd: root });
	const [tarball] = Object.values(JSON.parse(stdout) as Array<{ files: Array<{ path: string }> }>);
	return tarball?.files.map(({ path }) => path) ?? [];
}

function packed(files: string[], tarball: string[]): string[] {
	return [
		...tarball
			.filter((file) => !SHIPPED.test(file) || OF_TESTS.test(file))
			.map((file) => `${file} would be published and does not belong there`),
		...files
			.filter((file) => !tarball.includes(file))
			.map((file) => `${file} would not be published`),
	];
}

function known(loader: PackageDirectoryLoader, { n8n }: Manifest): string[] {
	const lost = (['nodes', 'credentials'] as const).flatMap((kind) => {
		const loaded = Object.values(loader.known[kind]).map(({ sourcePath }) => sourcePath);
		return n8n[kind].filter((file) => !loaded.includes(file));
	});
	const strange = Object.entries(loader.nodeTypes).flatMap(([name, { type }]) =>
		loader
			.getCredentialsForNode(type)
			.filter((credential) => !loader.known.credentials[credential.name])
			.map((credential) => `${name} asks for the credential ${credential.name}, which is not here`),
	);
	return [
		...lost.map((file) => `${file} is not known to n8n after loading: is its name taken twice?`),
		...strange,
	];
}

function codexes(root: string, loader: PackageDirectoryLoader, { name: ours }: Manifest): string[] {
	return Object.entries(loader.nodeTypes).flatMap(([name, { type, sourcePath }]) => {
		const file = sourcePath.replace(/\.js$/, '.json');
		if (!existsSync(join(root, file))) return `${file} is needed by ${name} and missing`;
		const codex = JSON.parse(readFileSync(join(root, file), 'utf8')) as Record<string, unknown>;
		const isVersion = (text: unknown) => /^\d+\.\d+$/.test(String(text));
		const { codex: read } = type.description as INodeTypeDescription;
		return [
			codex.node === `${ours}.${name}` ? [] : `node must be "${ours}.${name}"`,
			isVersion(codex.nodeVersion) ? [] : 'nodeVersion must be like "1.0"',
			isVersion(codex.codexVersion) ? [] : 'codexVersion must be like "1.0"',
			// n8n drops a codex that it cannot take apart without a word.
			read?.categories?.length ? [] : 'categories are missing, or n8n does not accept the file',
		]
			.flat()
			.map((problem) => `${file}: ${problem}`);
	});
}

function icons(loader: PackageDirectoryLoader, { name: ours }: Manifest, files: string[]) {
	const described = [
		...Object.values(loader.nodeTypes).map(({ type }) => type.description as INodeTypeDescription),
		...Object.values(loader.credentialTypes).map(({ type }) => type),
	];
	// The loader has turned every `file:` into a path from the package's root.
	const own = described.map(({ name, iconUrl }) => {
		const urls = typeof iconUrl === 'string' ? [iconUrl] : [iconUrl?.light, iconUrl?.dark];
		return { name, icons: urls.flatMap((url) => url?.replace(`icons/${ours}/`, '') ?? []) };
	});
	const used = own.flatMap((one) => one.icons);
	return [
		...own
			.filter((one) => one.icons.length < 2)
			.map(({ name }) => `${name} needs a light and a dark icon of its own`),
		...own.flatMap((one) =>
			one.icons
				.filter((icon) => !files.includes(icon))
				.map((icon) => `${one.name}: its icon ${icon} is missing`),
		),
		...files
			.filter((file) => file.endsWith('.svg') && !used.includes(file))
			.map((file) => `${file} is the icon of nothing`),
	];
}
