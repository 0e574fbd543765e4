import { generate } from 'selfsigned';

/** A certificate for 127.0.0.1 that nobody vouches for, made anew for each test run: so no key lies in the repository. */
export function selfSigned(): { key: string; cert: string } {
	const { private: key, cert } = generate([{ name: 'commonName', value: '127.0.0.1' }], {
		algorithm: 'sha256',
		keySize: 2048,
	});
	return { key, cert };
}
