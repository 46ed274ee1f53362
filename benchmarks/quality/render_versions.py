#!/usr/bin/env python3
"""Versions of works, rendered from MIDI: other instruments, tempo, key and soundfont, the same music.

usage: render_versions.py MIDI/manifest.csv OUT [--part test|train] [--versions 3] [--seconds 60] [--limit SOURCE=N ...]
  MIDI/manifest.csv  columns file (relative to it), source, style
  OUT gets           SOURCE/NAME-V.flac and manifest.csv: file, work, version, source, style, tempo_factor, semitones,
                     soundfont
  --part             which side of the split by a hash of the work's name: test has a share of TEST_SHARE. Nothing but
                     the name decides, so the sides stay apart whatever is rendered when
  --limit            at most N works of a source (those of the smallest hash)
  --soundfont        General MIDI soundfonts, used in turn

Every version of a work differs from every other: each part (channel and program) is played by a program of another
family, a bass by another bass, drums by another kit; the tempo is .8 to 1.25 of what is written, the key up to six
semitones away, drums and noises as they were. --seconds are of the work as written. A seed, the work's name and the
version decide everything. Needs Python and the program fluidsynth.
"""
import argparse, collections, concurrent.futures, csv, hashlib, math, pathlib, random, subprocess, sys, tempfile

TEST_SHARE = 0.3
TEMPO_FACTORS = (0.8, 1.25)
SEMITONES = range(-6, 7)
SOUNDFONTS = ['/usr/share/sounds/sf2/FluidR3_GM.sf2', '/usr/share/sounds/sf2/TimGM6mb.sf2']
LEAST_NOTES = 30
DRUM_CHANNEL = 9
DEFAULT_TEMPO_US = 500000  # of a quarter note, where nothing is said: 120 a minute
# What may take over a melody or chords, by General MIDI family, and what a bass. Programs that keep no pitch, or swell
# so slowly that a tune is lost, are not among them.
FAMILIES = [(0, 1, 4, 5), (8, 11, 12, 13), (16, 19, 21, 22), (24, 25, 26, 27, 30), (40, 41, 42, 45, 46), (48, 50, 52),
            (56, 57, 60, 61), (64, 65, 68, 71), (72, 73, 75, 79), (80, 81, 85), (88, 90), (104, 105, 107)]
BASSES = (32, 33, 34, 36, 38, 42, 43, 58, 70, 87)
FIRST_BASS, LAST_BASS = 32, 39
FIRST_UNPITCHED = 112  # percussion and noises: neither replaced nor transposed
KITS = (0, 8, 16, 24, 25, 32, 40)

Event = collections.namedtuple('Event', 'tick data')  # data: a MIDI message, or a meta message (0xff, kind, payload)


class BadMidi(Exception):
    pass


def take(data, at, length):
    """So many bytes, and where what follows them begins."""
    if at + length > len(data):
        raise BadMidi('it ends in the middle of a message')
    return data[at:at + length], at + length


def take_number(data, at):
    """A number of variable length, likewise."""
    value = 0
    for _ in range(4):
        digit, at = take(data, at, 1)
        value = value << 7 | digit[0] & 0x7f
        if not digit[0] & 0x80:
            return value, at
    raise BadMidi('a number is too long')


def variable_length(value):
    digits = [value & 0x7f]
    while value := value >> 7:
        digits.append(value & 0x7f | 0x80)
    return bytes(reversed(digits))


def track_events(data):
    tick, at, running = 0, 0, None
    while at < len(data):
        wait, at = take_number(data, at)
        tick += wait
        status, after = take(data, at, 1)
        if status[0] >= 0x80:
            at = after
        elif running is None:
            raise BadMidi('a message without a status')
        else:
            status = running
        if status[0] == 0xff:
            kind, at = take(data, at, 1)
            length, at = take_number(data, at)
            payload, at = take(data, at, length)
            yield Event(tick, status + kind + payload)
            if kind == b'\x2f':
                return
        elif status[0] in (0xf0, 0xf7):  # system exclusive: resets, and what only one maker's device knows
            length, at = take_number(data, at)
            _, at = take(data, at, length)
        else:
            running = status
            payload, at = take(data, at, 1 if status[0] & 0xf0 in (0xc0, 0xd0) else 2)
            yield Event(tick, status + payload)


def read_midi(data):
    """Ticks of a quarter note, and all tracks as one list of events, in order."""
    if data[:4] != b'MThd':
        raise BadMidi('no MIDI file')
    header, _ = take(data, 0, 14)
    division = int.from_bytes(header[12:14], 'big')
    if division & 0x8000 or not division:
        raise BadMidi('time is not counted in quarter notes')
    events, at = [], 8 + int.from_bytes(header[4:8], 'big')
    while at + 8 <= len(data):
        chunk, after = take(data, at + 8, int.from_bytes(data[at + 4:at + 8], 'big'))
        if data[at:at + 4] == b'MTrk':
            events += track_events(chunk)
        at = after
    return division, sorted(events, key=lambda event: event.tick)


def write_midi(division, events):
    track, tick = bytearray(), 0
    for event in events:
        track += variable_length(event.tick - tick)
        if event.data[0] == 0xff:
            track += event.data[:2] + variable_length(len(event.data) - 2) + event.data[2:]
        else:
            track += event.data
        tick = event.tick
    track += b'\x00\xff\x2f\x00'
    return (b'MThd' + (6).to_bytes(4, 'big') + (0).to_bytes(2, 'big') + (1).to_bytes(2, 'big') + division.to_bytes(2, 'big')
            + b'MTrk' + len(track).to_bytes(4, 'big') + bytes(track))


def is_tempo(event):
    return event.data[:2] == b'\xff\x51' and len(event.data) == 5


def is_note(event):
    return event.data[0] & 0xf0 == 0x90 and event.data[2] > 0


def beginning(division, events, seconds):
    """The events of so many seconds, and where these end."""
    at, second, tempo_us = 0, 0.0, DEFAULT_TEMPO_US
    for i, event in enumerate(events):
        length = (event.tick - at) * tempo_us / 1e6 / division
        if second + length >= seconds:
            return events[:i], at + round((seconds - second) * 1e6 * division / tempo_us)
        at, second = event.tick, second + length
        if is_tempo(event):
            tempo_us = int.from_bytes(event.data[2:], 'big')
    return events, at


def parts_of(events):
    """Every (channel, program) that plays a note, drums aside."""
    programs, parts = {}, set()
    for event in events:
        channel = event.data[0] & 0x0f
        if event.data[0] & 0xf0 == 0xc0:
            programs[channel] = event.data[1]
        elif is_note(event) and channel != DRUM_CHANNEL:
            parts.add((channel, programs.get(channel, 0)))
    return sorted(parts)


def replacements(program, rng):
    """Programs for the versions of a part, one after the other: as long as there are families, none twice."""
    if program >= FIRST_UNPITCHED:
        return [program]
    if FIRST_BASS <= program <= LAST_BASS:
        return rng.sample([bass for bass in BASSES if bass != program], len(BASSES) - (program in BASSES))
    others = [family for family in FAMILIES if program // 8 not in {member // 8 for member in family}]
    return [rng.choice(family) for family in rng.sample(others, len(others))]


def within_midi(note):
    """The note, or the nearest octave of it that there is."""
    while note < 0:
        note += 12
    while note > 127:
        note -= 12
    return note


def altered(events, programs, kit, semitones, tempo_factor, end):
    """The events as another version plays them: no program, bank or tempo of the original is left."""
    result = [Event(0, bytes([0xc0 | DRUM_CHANNEL, kit]))]
    result.append(Event(0, b'\xff\x51' + round(DEFAULT_TEMPO_US / tempo_factor).to_bytes(3, 'big')))
    original = collections.defaultdict(int)
    sounding = {}  # (channel, written note) -> what it became: a program may change before it ends
    for channel in range(16):
        if channel != DRUM_CHANNEL:
            result.append(Event(0, bytes([0xc0 | channel, programs.get((channel, 0), 0)])))
    for tick, data in events:
        kind, channel = data[0] & 0xf0, data[0] & 0x0f
        if is_tempo(Event(tick, data)):
            slower = min(round(int.from_bytes(data[2:], 'big') / tempo_factor), 0xffffff)
            result.append(Event(tick, data[:2] + slower.to_bytes(3, 'big')))
        elif data[0] >= 0xf0 or kind == 0xb0 and data[1] in (0, 32):  # words, clefs; banks of other instruments
            continue
        elif channel == DRUM_CHANNEL:
            if kind != 0xc0:
                result.append(Event(tick, data))
        elif kind == 0xc0:
            original[channel] = data[1]
            result.append(Event(tick, bytes([data[0], programs.get((channel, data[1]), data[1])])))
        elif kind in (0x80, 0x90, 0xa0):
            if is_note(Event(tick, data)):
                pitched = original[channel] < FIRST_UNPITCHED
                sounding[channel, data[1]] = within_midi(data[1] + semitones) if pitched else data[1]
            result.append(Event(tick, bytes([data[0], sounding.get((channel, data[1]), data[1]), data[2]])))
        else:
            result.append(Event(tick, data))
    return result + [Event(end, bytes([0xb0 | channel, 123, 0])) for channel in range(16)]  # all notes off


def versions_of(work, midi, arguments):
    """Of one work: what tells each version, and its MIDI file."""
    division, events = read_midi(midi)
    events, end = beginning(division, events, arguments.seconds)
    if sum(map(is_note, events)) < LEAST_NOTES:
        raise BadMidi('hardly a note in the time that is asked for')
    rng = random.Random(f'{arguments.seed} {work}')
    programs = {part: replacements(part[1], rng) for part in parts_of(events)}
    kits = rng.sample(KITS, len(KITS))
    semitones = rng.sample(SEMITONES, len(SEMITONES))
    first_font = rng.randrange(len(arguments.soundfont))
    slowest, fastest = map(math.log, TEMPO_FACTORS)
    paces = rng.sample(range(arguments.versions), arguments.versions)
    for version in range(arguments.versions):
        # One tempo from each of as many equal ranges: seldom are two nearly the same.
        factor = math.exp(slowest + (fastest - slowest) * (paces[version] + rng.random()) / arguments.versions)
        midi = write_midi(division, altered(events, {part: of[version % len(of)] for part, of in programs.items()},
                                            kits[version % len(kits)], semitones[version % len(semitones)], factor, end))
        soundfont = arguments.soundfont[(first_font + version) % len(arguments.soundfont)]
        yield {'version': version + 1, 'tempo_factor': f'{factor:.4f}', 'semitones': semitones[version % len(semitones)],
               'soundfont': pathlib.Path(soundfont).name}, soundfont, midi


def render(midi, soundfont, path):
    """Renders to FLAC; whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(suffix='.mid') as score:
        score.write(midi)
        score.flush()
        part = path.with_name(path.name + '.part')
        done = subprocess.run(['fluidsynth', '-n', '-i', '-q', '-r', '44100', '-T', 'flac', '-O', 's16', '-F', str(part),
                               soundfont, score.name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode or not part.exists():
        sys.exit(f'fluidsynth could not render {path} with {soundfont}: {done.stdout.strip()}')
    part.replace(path)


def hash_of(work):
    """Of the name, evenly in [0, 1)."""
    return int.from_bytes(hashlib.sha256(work.encode()).digest()[:8], 'big') / 2 ** 64


def works_of(rows, part, limits):
    """The rows of one side of the split, in order of hash, at most as many of a source as its limit."""
    sides = collections.defaultdict(list)
    for row in rows:
        row['work'] = str(pathlib.PurePosixPath(row['file']).with_suffix(''))
        if (hash_of(row['work']) < TEST_SHARE) == (part == 'test'):
            sides[row['source']].append(row)
    return [row for source, of_source in sorted(sides.items())
            for row in sorted(of_source, key=lambda row: hash_of(row['work']))[:limits.get(source)]]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('manifest', type=pathlib.Path)
    parser.add_argument('out', type=pathlib.Path)
    parser.add_argument('--part', choices=('test', 'train'), default='test')
    parser.add_argument('--versions', type=int, default=3)
    parser.add_argument('--seconds', type=float, default=60)
    parser.add_argument('--limit', nargs='+', default=[], metavar='SOURCE=N')
    parser.add_argument('--soundfont', nargs='+', default=SOUNDFONTS)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--jobs', type=int, default=1)
    arguments = parser.parse_args()
    for soundfont in arguments.soundfont:
        if not pathlib.Path(soundfont).is_file():
            sys.exit(f'{soundfont} is not there: install fluid-soundfont-gm and timgm6mb-soundfont, or name others '
                     'with --soundfont')
    limits = {source: int(count) for source, _, count in (limit.rpartition('=') for limit in arguments.limit)}
    with open(arguments.manifest, encoding='utf-8', newline='') as file:
        works = works_of(list(csv.DictReader(file)), arguments.part, limits)

    rows, tasks = [], []
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for work in works:
            try:
                versions = list(versions_of(work['work'], (arguments.manifest.parent / work['file']).read_bytes(), arguments))
            except (OSError, BadMidi) as error:
                print(f'left out: {work["file"]}: {error}', file=sys.stderr)
                continue
            for version, soundfont, midi in versions:
                row = {'file': f'{work["work"]}-{version["version"]}.flac', 'work': work['work'],
                       'source': work['source'], 'style': work['style']} | version
                rows.append(row)
                tasks.append(pool.submit(render, midi, soundfont, arguments.out / row['file']))
        for task in concurrent.futures.as_completed(tasks):
            if task.exception():
                pool.shutdown(cancel_futures=True)
            task.result()
    arguments.out.mkdir(parents=True, exist_ok=True)
    with open(arguments.out / 'manifest.csv', 'w', newline='', encoding='utf-8') as out:
        writer = csv.DictWriter(out, ['file', 'work', 'version', 'source', 'style', 'tempo_factor', 'semitones', 'soundfont'],
                                lineterminator='\n')
        writer.writeheader()
        writer.writerows(rows)
    print(f'{arguments.out / "manifest.csv"}: {len(rows)} versions of {len(rows) // arguments.versions} works')


if __name__ == '__main__':
    main()
