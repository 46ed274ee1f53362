#!/usr/bin/env python3
"""The tables of a model card, as Markdown: `resonance evaluate` on up to three sets, all contenders in one run each.

usage: model_card.py [--resonance PROGRAM] [--json FOLDER] [--jobs N] [--cache-dir DIR] [--middle S]
                     [--labels MANIFEST.csv [--by COLUMN ...] [--within LABEL=COLUMN ...]]
                     [--same-track MANIFEST.csv [--encode ENCODING ...] [--segment-seconds S]]
                     [--versions MANIFEST.csv [--version-column COLUMN]]
                     [--model MODEL ...] [--part PART ...] [--sum [NAME=]A+B ...] [--pair A B ...]
                     [--embeddings NAME=FILE.npy ...] [--distances NAME=FILE.npy ...] [--prf N ...]
  --labels      same genre, artist, style ...: every column of --by, with and without the artist filter
  --same-track  one segment against all others, the query as it is and in each encoding
  --versions    versions of one work, by --version-column (work), fused and harmony embeddings
  --embeddings, --distances: rows are those of the manifest of --labels, and are used there only
  --prf 5 --alpha 3 --rerank mmr --no-hubs: rows of what re-ranking does, at --labels only
A manifest has a column `file`, relative to it. Needs nothing but Python. FOLDER gets the JSON of each run.
"""
import argparse, json, pathlib, subprocess, sys

SHORT = {'recall@1': 'R@1', 'recall@5': 'R@5', 'recall@10': 'R@10', 'recall@20': 'R@20', 'precision@5': 'P@5',
         'mrr': 'MRR', 'map': 'mAP'}


def run(arguments, name, options):
    """The report of one `resonance evaluate`; files that failed are named on standard error."""
    command = [arguments.resonance, 'evaluate', '--format', 'json', '--cache-dir', arguments.cache_dir,
               '--jobs', str(arguments.jobs)] + options
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode not in (0, 1):
        sys.exit(f'{" ".join(command)}: exit status {done.returncode}')
    report = json.loads(done.stdout)
    for failed in report['failed']:
        print(f'left out: {failed["error"]}', file=sys.stderr)
    if arguments.json:
        arguments.json.mkdir(parents=True, exist_ok=True)
        (arguments.json / f'{name}.json').write_text(done.stdout, encoding='utf-8')
    return report


def share(value):
    return f'{value:.3f}'.replace('0.', '.', 1) if abs(value) < 1 else f'{value:.3f}'


def cell(metric):
    return f'{share(metric["mean"])} [{share(metric["low"])}, {share(metric["high"])}]'


def print_table(table):
    title = table['task'] + (f' asked for as {table["encoding"]}' if 'encoding' in table else '')
    title += f' within {table["within"]}' if 'within' in table else ''
    title += ', artist filter' if table['artist_filter'] else ''
    print(f'\n{title}: {table["queries"]} queries, {table["candidates"]:.0f} candidates each, '
          f'{table["relevant"]:.1f} of them right\n')
    diverse = any('diversity' in row for row in table['rows'])
    print('| | ' + ' | '.join(SHORT.values()) + (' | diversity' if diverse else '') + ' |')
    print('|---' * (len(SHORT) + 1 + diverse) + '|')
    for row in table['rows']:
        end = f' | {share(row["diversity"]) if "diversity" in row else ""}' if diverse else ''
        print(f'| {row["name"]} | ' + ' | '.join(cell(row['metrics'][m]) for m in SHORT) + end + ' |')
    for pair in table['differences']:
        print(f'| {pair["second"]} - {pair["first"]} | '
              + ' | '.join(cell(pair['second_minus_first'][m]) for m in SHORT) + (' |' if diverse else '') + ' |')


def repeated(option, values):
    return [word for value in values for word in (option, value)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--resonance', default='build/bin/resonance')
    parser.add_argument('--json', type=pathlib.Path)
    parser.add_argument('--jobs', type=int, default=0)
    parser.add_argument('--cache-dir', default='cache/features')
    parser.add_argument('--middle', default='0')
    for manifest in ('--labels', '--same-track', '--versions'):
        parser.add_argument(manifest)
    parser.add_argument('--version-column', default='work')
    parser.add_argument('--segment-seconds', default='18')
    for option in ('--by', '--within', '--encode', '--model', '--part', '--sum', '--embeddings', '--distances'):
        parser.add_argument(option, nargs='+', default=[])
    parser.add_argument('--pair', nargs=2, action='append', default=[])
    for option in ('--prf', '--alpha', '--rerank', '--lambda-div'):
        parser.add_argument(option)
    parser.add_argument('--no-hubs', action='store_true')
    arguments = parser.parse_args()
    if not (arguments.labels or arguments.same_track or arguments.versions):
        parser.error('give at least one of --labels, --same-track and --versions')

    models = repeated('--model', arguments.model)
    foreign = models + ['--middle', arguments.middle]
    parts = repeated('--part', arguments.part)
    if arguments.labels:
        options = ['--manifest', arguments.labels] + foreign + parts
        for option in ('by', 'within', 'embeddings', 'distances', 'sum'):
            options += repeated('--' + option, getattr(arguments, option))
        for option in ('prf', 'alpha', 'rerank', 'lambda_div'):
            if getattr(arguments, option):
                options += ['--' + option.replace('_', '-'), getattr(arguments, option)]
        options += ['--no-hubs'] if arguments.no_hubs else []
        for pair in arguments.pair:
            options += ['--pair'] + pair
        for table in run(arguments, 'labels', options)['tables']:
            print_table(table)
    if arguments.same_track:
        options = ['--manifest', arguments.same_track, '--same-track', '--segment-seconds', arguments.segment_seconds]
        options += models + repeated('--encode', arguments.encode)
        for table in run(arguments, 'same_track', options)['tables']:
            if table['task'] == 'same track':
                print_table(table)
    if arguments.versions:
        options = ['--manifest', arguments.versions, '--by', arguments.version_column, '--part', 'fused', 'harmony']
        for table in run(arguments, 'versions', options + foreign)['tables']:
            print_table(table)


if __name__ == '__main__':
    main()
