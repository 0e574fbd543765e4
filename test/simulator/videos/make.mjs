/**
 * Draws the clips beside this file again, and composes their sound: a clockwork fox trots through a snowy night market,
 * stops under a lantern and sneezes sparks. `node make.mjs`; needs ffmpeg with libx264 and librsvg.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const FRAMES_PER_SECOND = 10;
const SAMPLE_RATE = 22_050;
const LENGTHS = [10, 15, 25];
/** Pixels, where the snow begins, and where the fox's body is and how large. */
const SHAPES = {
	'16x9': { width: 320, height: 180, horizon: 128, fox: { x: 142, y: 125, scale: 0.92 } },
	'9x16': { width: 180, height: 320, horizon: 232, fox: { x: 84, y: 236, scale: 0.92 } },
};

/** The same numbers at every run. */
function randomFrom(seed) {
	let state = seed;
	return (least = 0, most = 1) => {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		return least + (state / 2 ** 32) * (most - least);
	};
}
const many = (count, make) => Array.from({ length: count }, (_, index) => make(index)).join('');
const smooth = (from, to, value) => {
	const share = Math.min(1, Math.max(0, (value - from) / (to - from)));
	return share * share * (3 - 2 * share);
};
const at = (x, y, what, more = '') =>
	`<g transform="translate(${x.toFixed(2)} ${y.toFixed(2)}) ${more}">${what}</g>`;
const path = (d, fill, more = '') => `<path d="${d}" fill="${fill}" ${more}/>`;
const circle = (x, y, r, fill, more = '') =>
	`<circle cx="${x}" cy="${y}" r="${r}" fill="${fill}" ${more}/>`;
const rect = (x, y, width, height, fill, more = '') =>
	`<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${fill}" ${more}/>`;
const line = (points, color, width) =>
	`<polyline points="${points.map((point) => point.map((n) => n.toFixed(2)).join()).join(' ')}" fill="none" stroke="${color}" stroke-width="${width}" stroke-linecap="round" stroke-linejoin="round"/>`;

const gradient = (id, kind, stops) =>
	`<${kind}Gradient id="${id}" ${kind === 'linear' ? 'x2="0" y2="1"' : ''}>${stops
		.map(
			([offset, color, opacity = 1]) =>
				`<stop offset="${offset}" stop-color="${color}" stop-opacity="${opacity}"/>`,
		)
		.join('')}</${kind}Gradient>`;
const DEFINITIONS = `<defs>${[
	gradient('sky', 'linear', [
		[0, '#12163a'],
		[0.55, '#37306b'],
		[0.85, '#8d5a86'],
		[1, '#d98c86'],
	]),
	gradient('moon', 'radial', [
		[0, '#fff6dc', 0.5],
		[1, '#fff6dc', 0],
	]),
	gradient('glow', 'radial', [
		[0, '#ffd27a', 0.85],
		[0.4, '#ffb45a', 0.3],
		[1, '#ffb45a', 0],
	]),
	gradient('snow', 'linear', [
		[0, '#c9c3e6'],
		[0.35, '#e4e3f6'],
		[1, '#a9b0dc'],
	]),
	gradient('paper', 'linear', [
		[0, '#ff9d4d'],
		[0.5, '#ffd98a'],
		[1, '#ff8a45'],
	]),
	gradient('fur', 'linear', [
		[0, '#f28a3c'],
		[1, '#d95f26'],
	]),
	gradient('brass', 'linear', [
		[0, '#f7d98a'],
		[1, '#b97f2c'],
	]),
].join('')}</defs>`;

/** Repeats what is drawn once in `period` units along the way, as far as it can be seen. */
function along(width, period, moved, draw) {
	const first = Math.floor((moved - period) / period);
	return many(Math.ceil(width / period) + 3, (index) => {
		const place = first + index;
		return at(place * period - moved, 0, draw(((place % 6) + 6) % 6));
	});
}

const hill = (index) =>
	path(
		`M0 0 C30 ${-30 - 7 * (index % 3)} 52 ${-34 - 5 * (index % 2)} 80 -12 C95 -2 105 -20 120 0 V30 H0Z`,
		'#4a4580',
	) +
	path(
		`M24 -18 C38 ${-34 - 4 * (index % 3)} 52 -34 66 -20 C58 -22 50 -16 44 -21 C38 -16 32 -20 24 -18Z`,
		'#8d88bd',
	);

/** A house with a snowy roof and lit windows. */
function house(index) {
	const height = [34, 46, 38, 52, 36, 44][index];
	const wall = ['#3a2f5c', '#43335f', '#35305a', '#3e2d55', '#463763', '#382c58'][index];
	const top = -height;
	const windows = [0, 1, 2].flatMap((column) =>
		[0, 1].map((row) => [10 + column * 12, top + 8 + row * 14]),
	);
	return (
		rect(4, top, 42, height + 20, wall) +
		path(`M-1 ${top + 2} L25 ${top - 20} L51 ${top + 2}Z`, '#2a2348') +
		path(
			`M-2 ${top + 3} L25 ${top - 21} L52 ${top + 3} C44 ${top + 5} 42 ${top - 3} 36 ${top - 2} C32 ${top - 9} 28 ${top - 8} 25 ${top - 12} C20 ${top - 8} 18 ${top - 8} 14 ${top - 2} C8 ${top - 2} 6 ${top + 5} -2 ${top + 3}Z`,
			'#cfcdf0',
		) +
		windows
			.filter((_, place) => (place * 7 + index * 5) % 4 !== 0)
			.map(([x, y]) => rect(x, y, 6, 8, '#ffc766', 'rx="1"'))
			.join('')
	);
}

/** A market stall: striped awning, warm light, round loaves and jars. */
function stall(index) {
	const [color, light] = [
		['#b8324a', '#f6e3d3'],
		['#2f7d7a', '#f3ead2'],
		['#c7722c', '#f8ead0'],
	][index % 3];
	return (
		`<ellipse cx="31" cy="-16" rx="48" ry="30" fill="url(#glow)" opacity="0.75"/>` +
		`<ellipse cx="31" cy="6" rx="40" ry="7" fill="url(#glow)" opacity="0.8"/>` +
		rect(4, -30, 54, 30, '#6b3a2c') +
		rect(7, -28, 48, 16, '#ffce78') +
		many(6, (jar) =>
			circle(
				11 + jar * 8,
				-14 - (jar % 2),
				2.6 + (jar % 3) * 0.5,
				['#a8452e', '#7f5a2b', '#c98b3a'][(jar + index) % 3],
			),
		) +
		rect(2, -12, 58, 13, '#4b2a27') +
		many(6, (stripe) =>
			path(`M${stripe * 10 + 1} -40 h10 v9 a5 4 0 0 1 -10 0Z`, stripe % 2 ? light : color),
		) +
		path(
			'M-1 -39 C4 -46 14 -43 20 -45 C32 -48 46 -43 54 -45 C60 -45 63 -42 63 -38 C50 -41 16 -37 -1 -39Z',
			'#eeedfb',
		)
	);
}

function lantern(x, y, seconds, index, size = 1) {
	const swing = 5 * Math.sin(seconds * 1.7 + index * 1.3);
	return at(
		x,
		y,
		`<circle cy="11" r="24" fill="url(#glow)"/>` +
			line(
				[
					[0, 0],
					[0, 5],
				],
				'#2b2038',
				0.8,
			) +
			`<ellipse cy="12" rx="7" ry="8" fill="url(#paper)"/>` +
			path('M-3 5 h6 v-1.6 h-6Z M-3 19 h6 v1.8 h-6Z', '#8a3b22') +
			line(
				[
					[-3.4, 5.4],
					[-4.8, 12],
					[-3.4, 18.6],
				],
				'#f2903f',
				0.6,
			) +
			line(
				[
					[3.4, 5.4],
					[4.8, 12],
					[3.4, 18.6],
				],
				'#f2903f',
				0.6,
			) +
			line(
				[
					[0, 21],
					[0, 26],
				],
				'#c8372f',
				1.2,
			),
		`rotate(${swing.toFixed(2)}) scale(${size})`,
	);
}

/** A rope from post to post, with lanterns on it. */
const garland = (seconds, period, high) => (index) =>
	path(
		`M0 ${high} Q${period / 2} ${high + 26} ${period} ${high}`,
		'none',
		'stroke="#8a6a8f" stroke-width="0.9"',
	) +
	[0.16, 0.39, 0.61, 0.84]
		.map((share, place) =>
			lantern(share * period, high + 52 * share * (1 - share), seconds, place + index * 4, 0.8),
		)
		.join('');

/** One leg, whose foot goes around an ellipse. @param step 0 to 2π @param stand 1 while the fox stands still */
function leg(hipX, step, stand, color, bend) {
	const reach = 11 * (1 - stand);
	const foot = [hipX - reach * Math.cos(step), 31 - Math.max(0, Math.sin(step)) * 9 * (1 - stand)];
	const hip = [hipX, 5];
	const [dx, dy] = [foot[0] - hip[0], foot[1] - hip[1]];
	const distance = Math.hypot(dx, dy);
	const out = bend * Math.sqrt(Math.max(0, 14.2 ** 2 - (distance / 2) ** 2));
	const knee = [hip[0] + dx / 2 + (out * dy) / distance, hip[1] + dy / 2 - (out * dx) / distance];
	const sock = [knee[0] + (foot[0] - knee[0]) * 0.35, knee[1] + (foot[1] - knee[1]) * 0.35];
	return (
		line([hip, knee], color, 9) +
		line([knee, foot], color, 6) +
		line([sock, foot, [foot[0] + 2.5, foot[1] + 0.5]], '#3b2232', 5.2)
	);
}

/** The fox, looking right, around the middle of its body. */
function fox({ step, stand, seconds, tilt, squint }) {
	const bob = -1.6 * Math.abs(Math.sin(step)) * (1 - stand);
	const turn = Math.cos(seconds * 3);
	const wave = (place) => 2.6 * Math.sin(seconds * 5 - place) * (0.4 + 0.6 * (1 - stand));
	const tail = at(
		-25,
		-7,
		path('M4 -6 C-10 -12 -20 -24 -38 -25 C-50 -25 -52 -14 -43 -8 C-30 1 -12 6 4 6Z', 'url(#fur)') +
			path(
				'M-38 -25 C-50 -25 -52 -14 -43 -8 C-41 -12 -37 -13 -38 -17 C-34 -19 -36 -23 -38 -25Z',
				'#fff3e2',
			),
		`rotate(${(6 * Math.sin(seconds * 3.4) - 4).toFixed(2)})`,
	);
	const key = at(
		-6,
		-17,
		line(
			[
				[0, 0],
				[0, -8],
			],
			'#b97f2c',
			2.4,
		) +
			`<g transform="translate(0 -12) scale(${turn.toFixed(3)} 1)"><path d="M0 0 m-9 -3 a5 5 0 1 1 9 3 a5 5 0 1 1 9 -3 a5 5 0 1 1 -9 3 a5 5 0 1 1 -9 -3Z M-7.5 -2.6 a2.4 2.4 0 1 0 4.8 0 a2.4 2.4 0 1 0 -4.8 0Z M2.7 -2.6 a2.4 2.4 0 1 0 4.8 0 a2.4 2.4 0 1 0 -4.8 0Z" fill="url(#brass)" fill-rule="evenodd"/></g>`,
	);
	const body =
		path(
			'M-31 -3 C-31 -17 -12 -19 6 -18 C20 -18 31 -19 33 -6 C34 8 22 13 6 11 C-12 14 -31 12 -31 -3Z',
			'url(#fur)',
		) +
		path('M33 -4 C33 8 22 13 6 11 C14 8 22 5 26 -8Z', '#fbe3c6') +
		line(
			[
				[-14, -15],
				[-17, -3],
				[-14, 9],
			],
			'#b94c1e',
			0.7,
		) +
		[
			[-17, -9],
			[-18, -3],
			[-17, 4],
		]
			.map(([x, y]) => circle(x, y, 1, '#f7d98a'))
			.join('');
	const scarf =
		path(
			`M22 -16 C12 ${-20 + wave(0)} 4 ${-14 + wave(1)} -12 ${-21 + wave(2)} L-13 ${-13 + wave(2)} C2 ${-7 + wave(1)} 12 ${-12 + wave(0)} 22 -9Z`,
			'#a81f2d',
		) +
		path(
			'M19 -20 C24 -14 31 -10 39 -11 C42 -9 42 -4 39 -3 C29 -1 20 -6 15 -13 C15 -17 16 -19 19 -20Z',
			'#d8323c',
		);
	const head = at(
		34,
		-22,
		path('M-8 -10 L-11 -29 L3 -15Z', 'url(#brass)') +
			path('M-7 -13 L-8.6 -23 L-1 -15Z', '#7a4a22') +
			path(
				'M-14 -5 C-14 -16 2 -20 11 -11 C16 -6 24 -2 29 2 C30 5 26 7 20 7 C14 12 -2 15 -12 9 C-15 10 -19 9 -20 6 C-17 4 -15 0 -14 -5Z',
				'url(#fur)',
			) +
			path(
				'M29 2 C30 5 26 7 20 7 C14 12 -2 15 -12 9 C-15 10 -19 9 -20 6 C-12 8 -6 5 0 3 C8 6 18 0 29 2Z',
				'#fff3e2',
			) +
			path('M2 -14 L7 -31 L14 -10Z', 'url(#brass)') +
			path('M5 -15 L7.6 -25 L11 -13Z', '#7a4a22') +
			circle(28.5, 2.4, 2.3, '#2b1a24') +
			(squint > 0.5
				? line(
						[
							[6, -4],
							[9, -2.6],
							[12, -4],
						],
						'#2b1a24',
						1.6,
					)
				: circle(9, -3.4, 2.5, '#2b1a24') + circle(9.9, -4.3, 0.9, '#ffffff')) +
			line(
				[
					[19, 6.6],
					[14, 7.4],
					[11, 5.6],
				],
				'#7a4a3a',
				0.8,
			),
		`rotate(${tilt.toFixed(2)})`,
	);
	const [dark, light] = ['#b84c20', '#e06a2a'];
	return (
		`<ellipse cx="2" cy="33" rx="38" ry="4" fill="#5a5a94" opacity="0.45"/>` +
		at(0, bob, leg(-17, step + Math.PI, stand, dark, -1) + leg(25, step, stand, dark, 1)) +
		at(
			0,
			bob,
			tail +
				key +
				leg(-23, step, stand, light, -1) +
				leg(19, step + Math.PI, stand, light, 1) +
				body,
		) +
		at(0, bob * 1.4, scarf + head)
	);
}

/** Sparks fly from the nose, slow down and fade. */
function sparks(since) {
	if (since < 0 || since > 2.4) return '';
	const random = randomFrom(5);
	return many(30, () => {
		const [angle, speed, size] = [random(-0.9, 0.5), random(10, 62), random(0.9, 2.6)];
		const way = speed * (1 - Math.exp(-2.4 * since));
		const fade = Math.max(0, 1 - since / random(1.2, 2.4));
		const [x, y] = [way * Math.cos(angle), way * Math.sin(angle) + 5 * since * since];
		return circle(
			x.toFixed(2),
			y.toFixed(2),
			(size * (0.4 + 0.6 * fade)).toFixed(2),
			size > 1.3 ? '#ffd95e' : '#fff2b8',
			`opacity="${fade.toFixed(2)}"`,
		);
	});
}

const snowfall = (count, seconds, { width, height }, [least, most], fall) => {
	const random = randomFrom(Math.round(fall * 10));
	return many(count, () => {
		const [x, y, r, drift] = [
			random(0, width),
			random(0, height),
			random(least, most),
			random(0, 6),
		];
		const down = (y + seconds * fall * (0.7 + r * 0.3)) % (height + 8);
		const across = (x - seconds * 5 + 5 * Math.sin(seconds * 0.8 + drift) + 40 * width) % width;
		return circle(
			across.toFixed(2),
			(down - 4).toFixed(2),
			r.toFixed(2),
			'#ffffff',
			'opacity="0.85"',
		);
	});
};

/** The fox slows down, stands from 58 to 84 % of the time, and trots on. */
function way(share, length) {
	const steps = 400;
	let moved = 0;
	for (let step = 0; step < steps; step++) {
		moved += speedAt((share * (step + 0.5)) / steps) * ((share * length) / steps) * 46;
	}
	return moved;
}
const speedAt = (share) => 1 - smooth(0.5, 0.58, share) * (1 - smooth(0.84, 0.92, share));

function frame(shape, seconds, length) {
	const { width, height, horizon, fox: place } = shape;
	const share = seconds / length;
	const moved = way(share, length);
	const stand = smooth(0.54, 0.59, share) * (1 - smooth(0.83, 0.87, share));
	const tilt = -13 * smooth(0.61, 0.65, share) * (1 - smooth(0.7, 0.72, share));
	const since = seconds - 0.74 * length;
	const nod =
		since > -0.35 && since < 0.5
			? since < 0
				? -9 * smooth(-0.35, -0.1, since)
				: 13 * (1 - smooth(0, 0.5, since))
			: 0;
	const random = randomFrom(11);
	const stars = many(46, () =>
		circle(
			random(0, width).toFixed(1),
			random(0, horizon * 0.72).toFixed(1),
			random(0.3, 0.9).toFixed(2),
			'#fff',
			`opacity="${(0.55 + 0.35 * Math.sin(seconds * 1.5 + random(0, 6))).toFixed(2)}"`,
		),
	);
	const [moonX, moonY] = [width * 0.8, horizon * 0.25];
	const isTall = height > width;
	const rope = isTall ? 96 : 6;
	const nose = [place.x + 63 * place.scale, place.y - 19 * place.scale];
	const under = way(0.71, length);
	return `<svg xmlns="http://www.w3.org/2000/svg" width="${width * 2}" height="${height * 2}" viewBox="0 0 ${width} ${height}">${DEFINITIONS}
${rect(0, 0, width, horizon + 6, 'url(#sky)')}${stars}
${circle(moonX, moonY, 46, 'url(#moon)')}${circle(moonX, moonY, 15, '#fff3d6')}${circle(moonX - 4, moonY - 3, 3, '#f1dfbb')}${circle(moonX + 5, moonY + 4, 2.2, '#f1dfbb')}
${at(0, horizon - 14, along(width, 120, moved * 0.08, hill))}
${at(0, horizon - 4, along(width, 54, moved * 0.3, house), isTall ? 'scale(1 1.35)' : '')}
${rect(0, horizon - 1, width, height - horizon + 1, 'url(#snow)')}
${at(0, horizon + 6, along(width, 132, moved * 0.62, stall))}
${at(0, 0, along(width, 150, moved * 0.62, garland(seconds, 150, rope + 12)))}
${many(14, (index) => {
	const trace = Math.floor(moved / 22) * 22 - index * 22 - 8;
	const x = place.x + trace - moved;
	return `<ellipse cx="${x.toFixed(2)}" cy="${(place.y + (31 + (index % 2) * 2) * place.scale).toFixed(2)}" rx="3" ry="1.1" fill="#8f93c8"/>`;
})}
${at(nose[0] - 30 + (under - moved), rope - 4, lantern(0, 0, seconds, 3, 1.9))}
${at(place.x, place.y, fox({ step: moved / 6.6, stand, seconds, tilt: tilt + nod, squint: since > -0.5 && since < 0.6 ? 1 : 0 }), `scale(${place.scale})`)}
${at(...nose, sparks(since))}
${snowfall(26, seconds, shape, [0.5, 0.9], 13)}${snowfall(12, seconds, shape, [1, 1.7], 22)}
</svg>`;
}

/** A music box: a slow tune of soft bells, and a few higher ones for the sparks. */
function sound(length) {
	const tune = [0, 4, 7, 11, 9, 7, 4, 2, 5, 9, 12, 9, 7, 4, 2, 4];
	const samples = new Float64Array(length * SAMPLE_RATE);
	const bell = (start, semitones, loud) => {
		const pitch = 523.25 * 2 ** (semitones / 12);
		const first = Math.round(start * SAMPLE_RATE);
		for (let index = first; index < Math.min(samples.length, first + 2 * SAMPLE_RATE); index++) {
			const seconds = (index - first) / SAMPLE_RATE;
			const turn = 2 * Math.PI * pitch * seconds;
			samples[index] +=
				loud *
				Math.exp(-3.2 * seconds) *
				(Math.sin(turn) + 0.25 * Math.sin(turn * 2) + 0.08 * Math.sin(turn * 4.1));
		}
	};
	for (let beat = 0; beat * 0.5 < length - 1.2; beat++) {
		bell(beat * 0.5, tune[beat % tune.length], 0.16);
		if (beat % 4 === 0) bell(beat * 0.5, tune[beat % tune.length] - 12, 0.12);
	}
	for (const step of [0, 1, 2, 3, 4]) bell(length * 0.74 + step * 0.07, 19 + step * 3, 0.06);
	const header = Buffer.alloc(44);
	header.write('RIFF', 0);
	header.writeUInt32LE(36 + samples.length * 2, 4);
	header.write('WAVEfmt ', 8);
	header.writeUInt32LE(16, 16);
	header.writeUInt16LE(1, 20);
	header.writeUInt16LE(1, 22);
	header.writeUInt32LE(SAMPLE_RATE, 24);
	header.writeUInt32LE(SAMPLE_RATE * 2, 28);
	header.writeUInt16LE(2, 32);
	header.writeUInt16LE(16, 34);
	header.write('data', 36);
	header.writeUInt32LE(samples.length * 2, 40);
	return Buffer.concat([
		header,
		Buffer.from(Int16Array.from(samples, (value) => value * 32_000).buffer),
	]);
}

function encode(folder, shape, length, file) {
	const { status } = spawnSync(
		'ffmpeg',
		[
			...[
				'-y',
				'-loglevel',
				'error',
				'-framerate',
				String(FRAMES_PER_SECOND),
				'-i',
				join(folder, '%04d.svg'),
			],
			...['-i', join(folder, 'sound.wav'), '-t', String(length)],
			...['-vf', `scale=${shape.width}:${shape.height}:flags=area`, '-pix_fmt', 'yuv420p'],
			...[
				'-c:v',
				'libx264',
				'-profile:v',
				'high',
				'-preset',
				'veryslow',
				'-tune',
				'animation',
				'-crf',
				'33',
				'-g',
				'400',
			],
			...[
				'-c:a',
				'aac',
				'-b:a',
				'16k',
				'-ac',
				'1',
				'-map_metadata',
				'-1',
				'-movflags',
				'+faststart',
			],
			...['-fflags', '+bitexact', '-flags:v', '+bitexact', '-flags:a', '+bitexact', file],
		],
		{ stdio: 'inherit' },
	);
	if (status !== 0) throw new Error(`ffmpeg ended with ${status}`);
}

for (const length of LENGTHS) {
	for (const [name, shape] of Object.entries(SHAPES)) {
		if (process.argv[2] && process.argv[2] !== `${name}-${length}`) continue;
		const folder = mkdtempSync(join(tmpdir(), 'clip-'));
		for (let index = 0; index < length * FRAMES_PER_SECOND; index++) {
			const file = join(folder, `${String(index).padStart(4, '0')}.svg`);
			writeFileSync(file, frame(shape, index / FRAMES_PER_SECOND, length));
		}
		writeFileSync(join(folder, 'sound.wav'), sound(length));
		encode(folder, shape, length, join(import.meta.dirname, `${name}-${length}.mp4`));
		rmSync(folder, { recursive: true });
	}
}
