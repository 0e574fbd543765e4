/* eslint-disable @n8n/community-nodes/no-restricted-imports -- looks at the built package on a developer's machine, never inside n8n */
/** Finds problems of the package in dist that lint rules cannot see; they make the build fail (gulpfile.js). */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import execa from 'execa';
import type { PackageDirectoryLoader } from 'n8n-core';
import type { INodeTypeDescription } from 'n8n-workflow';

import { CHECKOUT } from '../e2e/environment';

const SHIPPED =
	/^(package\.json|README\.md|LICENSE|CHANGELOG\.md|dist\/(nodes|credentials)\/.*(\.js|\.node\.json|\.svg))$/;
const OF_TESTS = /\.(test|spec)\.js$|\/(test|tests|__tests__)\//;

/** The built package, loaded as n8n loads a community package. */
export async function loadBuilt(root = CHECKOUT): Promise<PackageDirectoryLoader> {
	// n8n-core reads its environment when it is imported.
	const core = await import('n8n-core');
	const loader = new core.PackageDirectoryLoader(root);
	await loader.loadAll();
	return loader;
}

/** @param root of the package; returns one line per problem, none if it can be published */
export async function problemsOf(root = CHECKOUT): Promise<string[]> {
	const files = readdirSync(join(root, 'dist'), { withFileTypes: true, recursive: true })
		.filter((entry) => entry.isFile())
		.map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
		.sort();
	const problems = packed(files, await filesOfTarball(root));
	try {
		const loader = await loadBuilt(root);
		problems.push(...codexes(root, loader), ...icons(loader, files));
	} catch (error) {
		// The first line says it; Node adds who required the file, n8n the reason below.
		const { message, cause } = error as Error & { cause?: Error };
		const reasons = [message, cause?.message].flatMap((text) => text?.split('\n')[0] ?? []);
		problems.push(`n8n cannot load the package: ${reasons.join(': ')}`);
	}
	return problems;
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

function codexes(root: string, loader: PackageDirectoryLoader): string[] {
	return Object.entries(loader.nodeTypes).flatMap(([name, { type, sourcePath }]) => {
		const file = sourcePath.replace(/\.js$/, '.json');
		if (!existsSync(join(root, file))) return `${file} is needed by ${name} and missing`;
		const { node } = JSON.parse(readFileSync(join(root, file), 'utf8')) as { node?: string };
		const { codex: read } = type.description as INodeTypeDescription;
		const wanted = `${loader.packageName}.${name}`;
		return [
			...(node === wanted ? [] : [`${file}: node must be "${wanted}"`]),
			// n8n silently drops a codex that it cannot parse.
			...(read?.categories?.length
				? []
				: [`${file}: n8n does not accept it, or has no categories`]),
		];
	});
}

/** The loader has turned every `file:` into a path from the package's root. */
function icons(loader: PackageDirectoryLoader, files: string[]): string[] {
	const described = [
		...Object.values(loader.nodeTypes).map(({ type }) => type.description as INodeTypeDescription),
		...Object.values(loader.credentialTypes).map(({ type }) => type),
	];
	return described.flatMap(({ name, iconUrl }) =>
		(typeof iconUrl === 'string' ? [iconUrl] : [iconUrl?.light, iconUrl?.dark])
			.flatMap((url) => url?.replace(`icons/${loader.packageName}/`, '') ?? [])
			.filter((icon) => !files.includes(icon))
			.map((icon) => `${name}: its icon ${icon} is missing`),
	);
}
