#!/bin/sh
# Makes the six clips beside this file again. Needs ffmpeg with libx264.
set -eu
cd "$(dirname "$0")"
for seconds in 10 15 25; do
	for shape in 16x9:320x180 9x16:180x320; do
		ffmpeg -y -loglevel error \
			-f lavfi -i "testsrc=size=${shape#*:}:rate=8:duration=$seconds" \
			-f lavfi -i "sine=frequency=220:sample_rate=22050:duration=$seconds" \
			-filter:a volume=0.2 \
			-c:v libx264 -profile:v high -preset veryslow -tune animation -crf 36 -g 200 -pix_fmt yuv420p \
			-c:a aac -b:a 12k -ac 1 \
			-map_metadata -1 -fflags +bitexact -flags:v +bitexact -flags:a +bitexact \
			-movflags +faststart -t "$seconds" "${shape%%:*}-$seconds.mp4"
	done
done
