// Packages are loaded by Node itself, once for a worker; the project's own files by jest, anew for each test file.
const { createRequire } = require('node:module');
const Runtime = require('jest-runtime').default;

const isPackage = (name) => /^(?!node:|@jest\/|fast-check$)[@a-z]/.test(name);

module.exports = class extends Runtime {
	requireModuleOrMock(from, name) {
		return isPackage(name) ? createRequire(from)(name) : super.requireModuleOrMock(from, name);
	}
};
