/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine, never inside n8n */
import { parseArgs } from 'node:util';

import { DOWNLOAD_FAULTS, FAULTS, SCENARIO_FIELDS, startSimulator } from './simulator';
import type { Simulator } from './simulator';

const USAGE = `Usage: npm run simulator [-- options]

  --port N       the gateway's port (default: 8787, 0 = any free one)
  --speed N      gateway seconds in a real second (default: 1)
  --quiet        no line for each request
`;

function say(text: string): void {
	process.stdout.write(`${text}\n`);
}

function table(rows: Iterable<readonly [string, string]>): string {
	return [...rows].map(([name, text]) => `  ${name.padEnd(26)} ${text}`).join('\n');
}

function introduction(simulator: Simulator, speed: number): string {
	const { url, apiKey } = simulator;
	return `The stand-in gateway is at ${url}
  key that works             ${apiKey}
  second key                 ${simulator.otherApiKey}
  videos and files           ${simulator.filesUrl}
  third host                 ${simulator.elsewhereUrl}
  its clock                  ${speed} gateway second(s) in a real second

Scenario fields:
${table(Object.entries(SCENARIO_FIELDS))}

Faults for submitFault, pollFault, characterFault, fileFault, modelsFault, quotaFault
(* = what the request asked for happens all the same, and is paid for):
${table(Object.entries(FAULTS).map(([name, { says, takesEffect }]) => [`${name}${takesEffect ? ' *' : ''}`, says]))}

Faults for downloadFault:
${table(Object.entries(DOWNLOAD_FAULTS).map(([name, { says }]) => [name, says]))}

For one task, in its prompt (":3" = the first three requests only):
  A duck on a pond [[renderSeconds=5 outcome=moderation pollFault=html502:3]]
For the whole run:
  curl -X PUT ${url}/simulator/scenario -H 'content-type: application/json' -d '{"submitFault":"resetAfter:1"}'
What was bought, and what was asked:
  curl ${url}/simulator/books
  curl ${url}/simulator/requests
Back to the start:
  curl -X POST ${url}/simulator/reset

Ctrl-C stops it.`;
}

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: {
			port: { type: 'string', default: '8787' },
			speed: { type: 'string', default: '1' },
			quiet: { type: 'boolean', default: false },
		},
	});
	const speed = Number(values.speed);
	if (!(speed > 0)) throw new Error('--speed must be a number above 0');
	const simulator = await startSimulator({
		port: Number(values.port),
		timeScale: speed,
		...(!values.quiet && { log: say }),
	});
	say(introduction(simulator, speed));
	for (const signal of ['SIGINT', 'SIGTERM'] as const) {
		process.once(signal, () => {
			void simulator.close().then(() => say('Stopped.'));
		});
	}
}

main().catch((error: unknown) => {
	process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
	process.exitCode = 1;
});
