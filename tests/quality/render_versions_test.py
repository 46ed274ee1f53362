#!/usr/bin/env python3
"""What benchmarks/quality/render_versions.py does to a score, on scores of a few notes.

usage: render_versions_test.py FOLDER_OF_THE_SCRIPT
"""
import argparse, pathlib, random, sys, unittest

sys.path.insert(0, sys.argv.pop(1))
sys.dont_write_bytecode = True
import render_versions as script

DIVISION = 480
PIANO, BASS, DRUMS = 0, 1, script.DRUM_CHANNEL


def note(tick, channel, pitch, length=240):
    return [script.Event(tick, bytes([0x90 | channel, pitch, 80])),
            script.Event(tick + length, bytes([0x80 | channel, pitch, 0]))]


def tempo(tick, microseconds):
    return script.Event(tick, b'\xff\x51' + microseconds.to_bytes(3, 'big'))


def score(bars=8):
    """Two bars of 120 to the minute, then 60: a tune, a bass of program 33 and a drum a beat."""
    events = [script.Event(0, bytes([0xc0 | BASS, 33])), tempo(2 * 4 * DIVISION, 1000000)]
    for beat in range(bars * 4):
        at = beat * DIVISION
        events += note(at, PIANO, 60 + beat % 12) + note(at, BASS, 36 + beat % 5) + note(at, DRUMS, 38)
    return sorted(events, key=lambda event: event.tick)


def pitches(events, channel):
    return [event.data[1] for event in events if script.is_note(event) and event.data[0] & 0x0f == channel]


def programs(events, channel):
    return [event.data[1] for event in events if event.data[0] == 0xc0 | channel]


def options(**changes):
    return argparse.Namespace(**{'seed': 1, 'versions': 3, 'seconds': 60, 'soundfont': ['one.sf2', 'two.sf2']} | changes)


def versions(events, **changes):
    return [(told, script.read_midi(midi)[1])
            for told, _, midi in script.versions_of('a/work', script.write_midi(DIVISION, events), options(**changes))]


class Score(unittest.TestCase):
    def test_what_is_written_is_read_again(self):
        division, events = script.read_midi(script.write_midi(DIVISION, score()))
        self.assertEqual(division, DIVISION)
        self.assertEqual(events[:-1], score())  # the last says that the track ends

    def test_a_status_may_be_left_out_and_time_may_take_two_bytes(self):
        track = bytes([0, 0x90, 60, 80, 0x81, 0x00, 60, 0, 0, 0xff, 0x2f, 0])
        midi = script.write_midi(DIVISION, [])[:14] + b'MTrk' + len(track).to_bytes(4, 'big') + track
        _, events = script.read_midi(midi)
        self.assertEqual(events[:2], [script.Event(0, b'\x90\x3c\x50'), script.Event(128, b'\x90\x3c\x00')])

    def test_a_file_that_breaks_off_is_refused(self):
        midi = script.write_midi(DIVISION, score())
        for end in (4, 30, len(midi) - 1):
            with self.assertRaises(script.BadMidi):
                script.read_midi(midi[:end])

    def test_a_work_of_hardly_a_note_is_refused(self):
        with self.assertRaises(script.BadMidi):
            versions(score(bars=1))

    def test_so_many_seconds_are_counted_across_a_change_of_tempo(self):
        events, end = script.beginning(DIVISION, score(), 6.0)  # 4 s of the first two bars, then 2 s at half the speed
        self.assertEqual(end, 10 * DIVISION)
        self.assertEqual(len(pitches(events, PIANO)), 10)


class Versions(unittest.TestCase):
    def test_a_version_is_transposed_but_for_its_drums(self):
        written = score()
        for told, events in versions(written):
            for channel in (PIANO, BASS):
                self.assertEqual(pitches(events, channel), [p + told['semitones'] for p in pitches(written, channel)])
            self.assertEqual(pitches(events, DRUMS), pitches(written, DRUMS))

    def test_every_note_that_begins_ends(self):
        for _, events in versions(score()):
            began = sum(map(script.is_note, events))
            self.assertEqual(sum(event.data[0] & 0xf0 == 0x80 for event in events), began)
            pairs = {event.data[0] & 0x0f | event.data[1] << 4 for event in events if event.data[0] & 0xf0 == 0x90}
            self.assertEqual(pairs, {event.data[0] & 0x0f | event.data[1] << 4 for event in events
                                     if event.data[0] & 0xf0 == 0x80})

    def test_every_tempo_is_changed_by_the_factor_also_the_one_that_is_not_written(self):
        for told, events in versions(score()):
            lengths = [int.from_bytes(event.data[2:], 'big') for event in events if script.is_tempo(event)]
            factor = float(told['tempo_factor'])
            self.assertTrue(0.8 <= factor <= 1.25)
            self.assertEqual([round(length * factor / 1000) for length in lengths], [500, 1000])

    def test_versions_differ_in_key_tempo_and_families_and_a_bass_stays_one(self):
        made = versions(score(), versions=5)
        self.assertEqual(len({told['semitones'] for told, _ in made}), 5)
        self.assertEqual(len({told['tempo_factor'] for told, _ in made}), 5)
        families = [programs(events, PIANO)[-1] // 8 for _, events in made]
        self.assertEqual(len(set(families)), 5)
        self.assertNotIn(0, families)
        for _, events in made:
            self.assertIn(programs(events, BASS)[-1], script.BASSES)
            self.assertNotEqual(programs(events, BASS)[-1], 33)

    def test_a_seed_and_a_name_decide_everything(self):
        self.assertEqual(versions(score()), versions(score()))
        self.assertNotEqual(versions(score()), versions(score(), seed=2))

    def test_noises_keep_program_and_pitch(self):
        noise = 5
        events = [script.Event(0, bytes([0xc0 | noise, 125]))] + score() + note(16000, noise, 50)
        for _, version in versions(sorted(events, key=lambda event: event.tick)):
            self.assertEqual(pitches(version, noise), [50])
            self.assertEqual(programs(version, noise)[-1], 125)

    def test_a_note_that_would_leave_the_keyboard_moves_by_octaves(self):
        self.assertEqual([script.within_midi(pitch) for pitch in (-2, 130, 64)], [10, 118, 64])


class Sides(unittest.TestCase):
    def test_no_work_is_on_both_sides_and_a_limit_moves_none(self):
        rows = [{'file': f'{source}/{i}.mid', 'source': source, 'style': ''} for source in 'ab' for i in range(200)]
        random.Random(1).shuffle(rows)
        test, train = ({row['work'] for row in script.works_of(rows, part, {})} for part in ('test', 'train'))
        self.assertFalse(test & train)
        self.assertEqual(len(test | train), 400)
        self.assertTrue(0.2 < len(test) / 400 < 0.4)
        few = [row['work'] for row in script.works_of(rows, 'test', {'a': 5})]
        self.assertEqual(sum(work.startswith('a/') for work in few), 5)
        self.assertTrue(set(few) < test)


if __name__ == '__main__':
    unittest.main()
