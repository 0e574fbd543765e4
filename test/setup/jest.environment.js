// Runs test files in the worker's own context instead of a separate one, so there is one `Error`, one `process` and one
// n8n-core, as in n8n; jest.runtime.js loads that once for all files of the worker.
const vm = require('node:vm');
const { ModuleMocker } = require('jest-mock');

/** Represents the worker's own context, for which Node has no object. */
const OWN = {};
const { compileFunction } = vm;
vm.compileFunction = (code, parameters, { parsingContext, ...options } = {}) =>
	compileFunction(code, parameters, {
		...options,
		...(parsingContext !== OWN && { parsingContext }),
	});

module.exports = class WorkerEnvironment {
	global = globalThis;
	moduleMocker = new ModuleMocker(globalThis);
	fakeTimers = null;
	fakeTimersModern = null;

	#environment = { ...process.env };

	async setup() {}

	/** Restores everything for the next file. */
	async teardown() {
		this.moduleMocker.restoreAllMocks();
		for (const name of Object.keys(process.env)) {
			if (!(name in this.#environment)) delete process.env[name];
		}
		Object.assign(process.env, this.#environment);
	}

	exportConditions() {
		return ['node', 'node-addons'];
	}

	getVmContext() {
		return OWN;
	}
};
