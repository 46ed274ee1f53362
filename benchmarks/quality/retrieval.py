#!/usr/bin/env python3
"""Retrieval evaluation on a manifest (file, artist, genre, repository, artist_key, artist_filter_keys).

usage: retrieval.py -m MANIFEST [--per-repository] [--by REPO] [--json OUT] [--pair A B] NAME=KIND:FILE[+FILE...] ...
  KIND  dist   N x N distances, .npy (small = similar)        sim     N x N similarities, .npy
        emb    N x D embedding: collection mean removed, cosine; several files with + : sum of their cosines
        embraw the same without centring                      l2      N x D embedding, Euclidean distance
        random (no file) a random matrix, mean of 20
  --pair A B   paired difference B - A of two named entries with its 95 % interval
Rows are in manifest order. NaN and non-finite scores rank last.

What is counted
 genre   query: has a genre, and at least one relevant candidate. Candidates: every other recording OF THE SAME
         REPOSITORY (a repository is a vocabulary) that has a genre and shares no artist_filter_keys entry with the query (artist
         filter; recordings of unknown artist are kept). Relevant: same genre string. P@1; P@5 = share of the first five;
         AP = mean precision at the ranks of all relevant candidates (whole ranking).
 artist  query: artist known and artist_key occurs >= 2 times. Candidates: all other recordings, of every repository, with a known artist,
         except those that share only a secondary key (guest, duet) with the query. Relevant: same artist_key.
 Means are over queries (micro), all repositories together. Intervals: percentile bootstrap, 2,000 resamples of ARTISTS (clusters:
 queries of one artist are not independent), fixed seed. Ties are broken by one fixed random permutation.
"""
import argparse, csv, json, sys
import numpy as np

METRICS = ['genre P@1', 'genre P@5', 'genre mAP', 'artist P@1', 'artist mAP']
B = 2000


def load_manifest(path):
    with open(path, encoding='utf-8') as f:
        return list(csv.DictReader(f))


def similarity(kind, files):
    if kind in ('dist', 'sim'):
        s = np.load(files[0]).astype(np.float64)
        s = -s if kind == 'dist' else s
    elif kind in ('emb', 'embraw'):
        s = 0
        for f in files:
            x = np.load(f).astype(np.float64)
            if kind == 'emb':
                x = x - np.nanmean(x, axis=0)
            x = x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)
            s = s + x @ x.T
    elif kind == 'l2':
        x = np.load(files[0]).astype(np.float64)
        q = (x * x).sum(1)
        s = -(q[:, None] + q[None] - 2 * x @ x.T)
    else:
        sys.exit('unknown kind ' + kind)
    return np.where(np.isfinite(s), s, -np.inf)


class Task:
    def __init__(self, rows):
        n = self.n = len(rows)
        self.rows = rows
        key = np.array([r['artist_key'] if 'artist_key' in r else r['artist'].casefold() for r in rows])
        keys = [set(k for k in (r['artist_filter_keys'] if 'artist_filter_keys' in r else str(key[i])).split('|') if k) for i, r in enumerate(rows)]
        genre = np.array([r['genre'] for r in rows])
        repo = np.array([r['repository'] for r in rows])
        by = {}
        for i, k in enumerate(keys):
            for x in k: by.setdefault(x, []).append(i)
        shared = np.zeros((n, n), bool)
        for i, k in enumerate(keys):
            for x in k: shared[i, by[x]] = True
        np.fill_diagonal(shared, True)
        self.repo, self.genre, self.key = repo, genre, key
        self.cluster = np.unique(np.where(key == '', np.array(['?%d' % i for i in range(n)]), key), return_inverse=True)[1]
        self.gcand = (repo[:, None] == repo[None]) & (genre != '')[None] & (genre != '')[:, None] & ~shared
        self.grel = self.gcand & (genre[:, None] == genre[None])
        same = (key[:, None] == key[None]) & (key != '')[:, None]
        np.fill_diagonal(same, False)
        self.acand = (same | ~shared) & (key != '')[None] & (key != '')[:, None]
        np.fill_diagonal(self.acand, False)
        self.arel = same & self.acand
        self.gq = np.flatnonzero(self.grel.any(1))
        self.aq = np.flatnonzero(self.arel.any(1))
        self.perm = np.random.default_rng(12345).permutation(n)

    @staticmethod
    def ranks(order, cand, rel):
        r = rel[order[cand[order]]]
        hits = np.flatnonzero(r)
        ap = np.mean(np.arange(1, len(hits) + 1) / (hits + 1))
        return float(r[0]), float(r[:5].mean()), float(ap)

    def evaluate(self, s):
        out = np.full((self.n, 5), np.nan)
        p = self.perm
        for i in range(self.n):
            g, a = self.grel[i].any(), self.arel[i].any()
            if not (g or a): continue
            order = p[np.argsort(-s[i, p], kind='stable')]
            if g: out[i, :3] = self.ranks(order, self.gcand[i], self.grel[i])
            if a:
                p1, _, ap = self.ranks(order, self.acand[i], self.arel[i])
                out[i, 3:] = p1, ap
        return out

    def summary(self, per, mask=None):
        """mean and 95 % interval of each column, clusters of one artist resampled together"""
        mean, lo, hi = [], [], []
        for c in range(per.shape[1]):
            ok = np.isfinite(per[:, c]) if mask is None else np.isfinite(per[:, c]) & mask
            v, cl = per[ok, c], np.unique(self.cluster[ok], return_inverse=True)[1]
            if len(v) == 0:
                mean.append(np.nan); lo.append(np.nan); hi.append(np.nan); continue
            tot, cnt = np.bincount(cl, v), np.bincount(cl)
            rng = np.random.default_rng(99)
            w = rng.multinomial(len(cnt), np.full(len(cnt), 1 / len(cnt)), size=B)
            b = (w @ tot) / (w @ cnt)
            mean.append(v.mean()); lo.append(np.percentile(b, 2.5)); hi.append(np.percentile(b, 97.5))
        return np.array(mean), np.array(lo), np.array(hi)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('-m', '--manifest', required=True)
    ap.add_argument('--per-repository', action='store_true')
    ap.add_argument('--json')
    ap.add_argument('--pair', nargs=2, action='append', default=[], metavar=('A', 'B'))
    ap.add_argument('entries', nargs='+', metavar='NAME=KIND:FILE')
    a = ap.parse_args()
    task = Task(load_manifest(a.manifest))
    print(f'{task.n} recordings; {len(task.gq)} genre queries, {np.mean(task.gcand[task.gq].sum(1)):.0f} candidates each; '
          f'{len(task.aq)} artist queries, {np.mean(task.arel[task.aq].sum(1)):.1f} relevant each. 95 % bootstrap intervals.')
    per, result = {}, {}
    for e in a.entries:
        name, spec = e.split('=', 1)
        kind, _, files = spec.partition(':')
        if kind == 'random':
            rng = np.random.default_rng(1)
            per[name] = np.mean([task.evaluate(rng.standard_normal((task.n, task.n))) for _ in range(20)], axis=0)
        else:
            s = similarity(kind, files.split('+'))
            if s.shape != (task.n, task.n): sys.exit(f'{name}: {s.shape}, manifest has {task.n}')
            per[name] = task.evaluate(s)
    groups = [('all', None)]
    if a.per_repository: groups += [(r, task.repo == r) for r in dict.fromkeys(task.repo)]
    for title, mask in groups:
        nq = [int((np.isfinite(next(iter(per.values()))[:, c]) & (True if mask is None else mask)).sum()) for c in (0, 3)]
        print(f'\n{title} ({nq[0]} genre queries, {nq[1]} artist queries)\n\n| | ' + ' | '.join(METRICS) + ' |\n|' + '---|' * 6)
        for name, p in per.items():
            m, lo, hi = task.summary(p, mask)
            result.setdefault(title, {})[name] = {k: [round(float(x), 4) for x in t] for k, t in zip(METRICS, zip(m, lo, hi))}
            print(f'| {name} | ' + ' | '.join(f'{x:.3f} [{l:.3f}, {h:.3f}]' for x, l, h in zip(m, lo, hi)) + ' |')
    for x, y in a.pair:
        m, lo, hi = task.summary(per[y] - per[x])
        print(f'\n{y} minus {x}: ' + '; '.join(f'{k} {v:+.3f} [{l:+.3f}, {h:+.3f}]' for k, v, l, h in zip(METRICS, m, lo, hi)))
    if a.json:
        with open(a.json, 'w') as f: json.dump(result, f, indent=1)


if __name__ == '__main__':
    main()
