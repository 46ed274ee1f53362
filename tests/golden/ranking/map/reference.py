#!/usr/bin/env python3
"""Makes the golden files of this folder: UMAP's graph and the quality of its map, for a small data set.

usage: reference.py            with numpy, scikit-learn and umap-learn 0.5 installed; writes beside itself
  points.npy        200 x 12, unit rows of five unequal, overlapping clusters
  strengths.npy     E x 3: from, to > from, strength in umap.umap_.fuzzy_simplicial_set of the 10 nearest by cosine
  plane.npy         200 x 2, sklearn.decomposition.PCA
  quality.csv       trustworthiness (10 neighbours, cosine) of PCA and, the least of five seeds, of UMAP
"""
import pathlib

import numpy as np
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness
from umap import UMAP
from umap.umap_ import fuzzy_simplicial_set

here = pathlib.Path(__file__).parent
random = np.random.default_rng(20240601)
centres = random.normal(size=(5, 12))
counts = [80, 50, 40, 20, 10]
points = np.concatenate([c + 0.6 * random.normal(size=(n, 12)) for c, n in zip(centres, counts)])
points = (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)

similarity = points.astype(np.float64) @ points.T.astype(np.float64)
np.fill_diagonal(similarity, 2)
nearest = np.argsort(-similarity, axis=1, kind="stable")[:, :11]  # UMAP counts a point among its neighbours
distances = 1 - np.take_along_axis(similarity, nearest, axis=1)
distances[:, 0] = 0
graph, _, _ = fuzzy_simplicial_set(points, 11, np.random.RandomState(0), "cosine", knn_indices=nearest,
                                   knn_dists=distances.astype(np.float32))
plane = PCA(2).fit_transform(points.astype(np.float64))
umap = min(trustworthiness(points, UMAP(n_neighbors=11, metric="cosine", random_state=seed).fit_transform(points),
                           n_neighbors=10, metric="cosine") for seed in range(5))
np.save(here / "points.npy", points)
dense = np.triu(graph.toarray())
start, end = np.nonzero(dense)
np.save(here / "strengths.npy", np.stack([start, end, dense[start, end]], axis=1).astype(np.float32))
np.save(here / "plane.npy", plane.astype(np.float32))
pca = trustworthiness(points, plane, n_neighbors=10, metric="cosine")
(here / "quality.csv").write_text(f"pca,umap\n{pca:.4f},{umap:.4f}\n")
