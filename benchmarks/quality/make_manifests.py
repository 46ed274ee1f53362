#!/usr/bin/env python3
"""The manifests behind the tables of models/MODEL_CARD.md, from a folder of recordings with labels.

usage: make_manifests.py POOL/manifest.csv OUT [--free FREE/manifest.csv]
  POOL/manifest.csv  columns file, artist, title, genre, version_group, recording_group, seconds, repository
  OUT gets           training.csv    everything but the repositories of JUDGED: what a model is trained on (and develops on:
                                     data.split.holdout of its config)
                     labels.csv      recordings of JUDGED with genre and artist, and keys of their artists for the filter
                     same_track.csv  recordings of HELD_OUT, and of FREE, of at least 36 s
                     versions.csv    recordings in version groups
Needs nothing but Python.
"""
import argparse, csv, pathlib, re, unicodedata

JUDGED = ['haritha1313/muze', 'inho9899/madcamp_week2_db', 'YashHatwargit/SongRecDsa']  # nobody has tuned on these
HELD_OUT = JUDGED + ['sangpm99/chiasenhac']  # the last only measured on while training
LAST_NAME_FIRST = 'haritha1313/muze'  # "Ulmer, James Blood"
ALIASES = {'mamas': 'mamas and papas', 'bobby four fuller': 'bobby fuller four', 'jou division': 'joy division',
           'johnny r cash': 'johnny cash', 'velvet underground and nico': 'velvet underground'}
TWICE = {'g1680.mp3', 'g1142.mp3', 'g1591.mp3'}  # a recording that is there a second time: stays, without labels
LEAST_SECONDS = 36


def folded(text):
    text = unicodedata.normalize('NFKD', text).casefold()
    text = unicodedata.normalize('NFKC', ''.join(c for c in text if not unicodedata.combining(c)))
    text = re.sub(r'\s+', ' ', re.sub(r'[^\w ]+', ' ', text.replace('&', ' and '))).strip()
    return re.sub(r'^the ', '', text)


def artist_keys(artist, repository):
    """The artist's key, and those of all who take part: the artist filter leaves out who shares one."""
    if repository == LAST_NAME_FIRST:
        turned = re.fullmatch(r'([^,&]+), ([^,&]+)', artist)
        parts = [f'{turned.group(2)} {turned.group(1)}' if turned else artist]
    else:
        parts = re.split(r',| 및 |;|\bfeat\.?\b|\bft\.', artist)
    main = re.split(r'\s(?:&|and)\s+(?:the|his|her|teh|friends)\b', parts[0], flags=re.I)[0]
    keys = {folded(artist), folded(parts[0]), folded(main)}
    for part in parts:
        keys |= {folded(part), folded(re.sub(r'\(.*?\)', '', part))}
        keys |= {folded(inner) for inner in re.findall(r'\((.*?)\)', part)}
        keys |= {folded(one) for one in re.split(r'\s(?:&|and)\s', part)}
    key = folded(re.sub(r'\(.*?\)', '', main)) or folded(main)
    key = ALIASES.get(key, key) or min(keys - {''}, default='')
    return key, sorted((keys | {key}) - {''})


def write(path, columns, rows):
    with open(path, 'w', newline='', encoding='utf-8') as out:
        writer = csv.DictWriter(out, columns, extrasaction='ignore', lineterminator='\n')
        writer.writeheader()
        writer.writerows(rows)
    print(f'{path}: {len(rows)} recordings')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('pool', type=pathlib.Path)
    parser.add_argument('out', type=pathlib.Path)
    parser.add_argument('--free', type=pathlib.Path)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    with open(arguments.pool, encoding='utf-8', newline='') as file:
        pool = list(csv.DictReader(file))
    columns = list(pool[0])
    names = {row['file']: row for row in pool}
    folder = arguments.pool.parent.resolve()
    for name, row in names.items():
        row['file'] = str(folder / name)

    write(arguments.out / 'training.csv', columns, [row for row in pool if row['repository'] not in JUDGED])
    labelled = []
    for name, row in sorted(names.items(), key=lambda item: item[0]):
        if row['repository'] in JUDGED and row['genre'] and row['artist']:
            key, keys = artist_keys(row['artist'], row['repository'])
            shown = {'artist': '', 'genre': '', 'artist_key': '', 'artist_filter_keys': ''} if name in TWICE else {
                'artist_key': key, 'artist_filter_keys': '|'.join(keys)}
            labelled.append(row | shown)
    labelled.sort(key=lambda row: JUDGED.index(row['repository']))
    write(arguments.out / 'labels.csv',
          ['file', 'artist', 'genre', 'repository', 'artist_key', 'artist_filter_keys', 'title', 'seconds'], labelled)

    long_enough = [row for row in pool if row['repository'] in HELD_OUT and float(row['seconds'] or 0) >= LEAST_SECONDS]
    if arguments.free:
        with open(arguments.free, encoding='utf-8', newline='') as file:
            long_enough += [{'file': str(arguments.free.parent.resolve() / row['file'])} for row in csv.DictReader(file)
                            if float(row['duration_s'] or 0) >= LEAST_SECONDS]
    write(arguments.out / 'same_track.csv', ['file'], long_enough)
    write(arguments.out / 'versions.csv', ['file', 'artist', 'title', 'version_group'],
          [row for row in pool if row['version_group']])


if __name__ == '__main__':
    main()
