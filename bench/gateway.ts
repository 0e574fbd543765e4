/* eslint-disable @n8n/community-nodes/no-restricted-globals -- a process of its own on a developer's machine */
/** The stand-in gateway, with the routes of the peers: prints its address and key. The argument is its speed. */
import { startSimulator } from '../test/simulator/simulator';
import { peerRoutes } from './peers';

void startSimulator({ timeScale: Number(process.argv[2]), routes: peerRoutes }).then(
	({ url, apiKey }) => process.stdout.write(`${JSON.stringify({ url, apiKey })}\n`),
);
