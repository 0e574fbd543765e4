/* eslint-disable @n8n/community-nodes/no-restricted-imports -- watches sockets, never inside n8n */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

/** Checks of an unchanged wire after which its content is stuck: nobody reads it. */
const PATIENCE = 300;

/**
 * What is in transit between the sockets of this process. A busy system delivers it late, and the event loop hears of
 * it only then. Must be closed.
 */
export class Wire {
	private readonly clients = new Set<Socket>();
	private readonly servers = new Set<Socket>();
	private seen = '';
	private looks = 0;

	constructor() {
		subscribe('net.client.socket', this.onClient);
		subscribe('net.server.socket', this.onServer);
	}

	close(): void {
		unsubscribe('net.client.socket', this.onClient);
		unsubscribe('net.server.socket', this.onServer);
	}

	/**
	 * Whether a connection, its end, or bytes have not reached the other side. Not forever: that side may be in another
	 * process, or read nothing.
	 */
	isBusy(): boolean {
		const sockets = [...this.clients, ...this.servers];
		const connecting = sockets.filter((socket) => socket.connecting).length;
		const sum = (bytes: (socket: Socket) => number) =>
			sockets.reduce((total, socket) => total + bytes(socket), 0);
		const [written, read] = [
			sum(({ bytesWritten }) => bytesWritten),
			sum(({ bytesRead }) => bytesRead),
		];
		if (connecting === 0 && written === read && this.clients.size === this.servers.size)
			return false;
		const state = [connecting, written, read, this.clients.size, this.servers.size].join();
		this.looks = state === this.seen ? this.looks + 1 : 0;
		this.seen = state;
		return this.looks < PATIENCE;
	}

	private readonly onClient = (message: unknown) => this.watch(this.clients, message);
	private readonly onServer = (message: unknown) => this.watch(this.servers, message);

	private watch(sockets: Set<Socket>, message: unknown): void {
		const { socket } = message as { socket: Socket };
		sockets.add(socket);
		socket.once('close', () => sockets.delete(socket));
	}
}
