const project = (displayName) => ({
	displayName,
	testMatch: [`<rootDir>/test/${displayName}/**/*.test.ts`],
	testEnvironment: '<rootDir>/test/setup/jest.environment.js',
	runtime: '<rootDir>/test/setup/jest.runtime.js',
	transform: {
		'\\.ts$': [
			'@swc/jest',
			{
				jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
				module: { type: 'commonjs' },
			},
		],
	},
	modulePathIgnorePatterns: ['<rootDir>/dist/'],
	moduleNameMapper: { '^fast-check$': '<rootDir>/test/setup/fastCheck.js' },
	setupFiles: ['<rootDir>/test/setup/jest.env.js'],
	globalSetup: '<rootDir>/test/setup/jest.global.js',
});

module.exports = {
	projects: [
		project('unit'),
		project('engine'),
		// Only where test/setup/e2e.mjs has made a real n8n ready.
		...(process.env.E2E_N8N ? [project('e2e')] : []),
	],
	// Jest would leave one core free, which is half of a small machine.
	maxWorkers: '100%',
	// Each file loads n8n anew: a worker that has kept too much of the ones before spends its time on clearing memory.
	workerIdleMemoryLimit: '1.5GB',
	// Only what hangs: how long a test takes is up to the machine.
	testTimeout: 120_000,
};
