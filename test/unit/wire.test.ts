/* eslint-disable @n8n/community-nodes/no-restricted-imports -- speaks over sockets, never inside n8n */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

import { until } from '../until';
import { Wire } from '../wire';

let wire: Wire;
let server: Server;
beforeEach(async () => {
	wire = new Wire();
	server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
});
afterEach(() => {
	server.close();
	wire.close();
});

/** A connection that stands, from both its sides. */
async function connection(): Promise<[Socket, Socket]> {
	const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
	const accepted = once(server, 'connection') as Promise<[Socket]>;
	const [[ofServer]] = await Promise.all([accepted, once(client, 'connect')]);
	return [client, ofServer];
}

it('is busy with a connection until it stands, and with its end until both sides know', async () => {
	expect(wire.isBusy()).toBe(false);
	const standing = connection();
	expect(wire.isBusy()).toBe(true);
	const [client, ofServer] = await standing;
	expect(wire.isBusy()).toBe(false);
	ofServer.resume();
	client.destroy();
	await once(client, 'close');
	if (!ofServer.closed) {
		expect(wire.isBusy()).toBe(true);
		await once(ofServer, 'close');
	}
	expect(wire.isBusy()).toBe(false);
});

it('is busy with bytes until they have arrived', async () => {
	const [client, ofServer] = await connection();
	let come = 0;
	ofServer.on('data', ({ length }: Buffer) => (come += length));
	client.write(Buffer.alloc(500_000));
	expect(wire.isBusy()).toBe(true);
	await until(() => come === 500_000);
	expect(wire.isBusy()).toBe(false);
	client.destroy();
	await once(ofServer, 'close');
});

it('is not busy forever with what nobody reads, and is again when something is added', async () => {
	const [client, ofServer] = await connection();
	ofServer.pause();
	client.write('one');
	let looks = 0;
	while (wire.isBusy()) looks++;
	expect(looks).toBeGreaterThan(100);
	expect(wire.isBusy()).toBe(false);
	client.write('two');
	expect(wire.isBusy()).toBe(true);
	client.destroy();
	ofServer.destroy();
});
