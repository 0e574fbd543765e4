// Node itself loads packages, once per worker; jest loads the project's own files, once per test file.
const { createRequire } = require('node:module');
const Runtime = require('jest-runtime').default;

const isPackage = (name) => /^(?!node:|@jest\/|fast-check$)[@a-z]/.test(name);

module.exports = class extends Runtime {
	requireModuleOrMock(from, name) {
		return isPackage(name) ? createRequire(from)(name) : super.requireModuleOrMock(from, name);
	}
};
