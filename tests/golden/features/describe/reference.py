"""Tempo and key in NumPy, as src/resonance/features/{onset_periodicity,tempo,pitch_peaks,key}.cpp find them: what the
golden files here were made with. (The metronome's rule and the three seconds' minimum are the C++'s own.)

usage: python reference.py NAME...    from NAME_onset.npy and NAME_pitch_peaks.npy in this folder; prints expected.csv
"""
import os
import sys

import numpy as np

TEMPO_W = np.array([5.9426, 5.2089, -0.5233, 4.7573, -3.6233, 2.5434, 4.7752, 1.5892, 1.7137, 4.6808, -0.1081, 2.9962, 1.8348, 2.5040, 2.5643, 2.6833, -2.6718, 10.6597, 4.8224, -4.0680, -0.7311, -1.0601, -0.4750, -0.6761, -0.9495, -11.0737, 0.7383, -7.2894])
PROFILE_MAJOR = np.array([9.1261, -3.9473, 0.5743, -3.6821, 3.0216, 1.1881, -3.9254, 6.7201, -3.6044, -0.6153, -4.1344, -0.7213])
PROFILE_MINOR = np.array([8.5864, -4.4644, 0.2657, 3.6543, -4.4554, 1.4911, -4.3523, 6.6091, -0.2540, -4.8845, -0.5237, -1.6722])
PROFILE_MINOR_BIAS = -0.3297

FR = 50.0                      # onset frames per second
GRID = 40.0 * 2.0 ** (np.arange(181) / 70.0)     # 40 .. 237.8 BPM, 1 % steps



def _windows(n, W, H):
    return list(range(0, n - W + 1, H)) or [0]


def tempo_statistics(onset):
    """Running sums over the onset envelope: all that tempo() needs of a track (bounded memory, mergeable)."""
    o = np.asarray(onset, float); n = len(o)
    # (1) mean autocorrelation, windows of 12 s every 6 s, each normalised by its energy; unbiased; lags 0..419
    W = min(600, n); acf = np.zeros(W); cnt = 0; peaks = 0; frames = 0
    for s in _windows(n, W, 300):
        x = o[s:s + W]; m = x.mean(); x = x - m; e = (x * x).sum()
        if e <= 1e-9: continue
        X = np.fft.rfft(x, 2048); acf += np.fft.irfft(np.abs(X) ** 2)[:W] / e; cnt += 1
        sd = np.sqrt(e / W)                                  # peaks above mean + sd/2 of the window
        peaks += int(((x[1:-1] > x[:-2]) & (x[1:-1] >= x[2:]) & (x[1:-1] > 0.5 * sd)).sum()); frames += W
    if cnt == 0: return None
    acf = (acf / cnt * W / np.maximum(1, W - np.arange(W)))[:420]
    acf = acf / acf[0]
    # (2) mean power spectrum, symmetric Hann windows of 8 s every 4 s, 4096-point DFT, each divided by its energy
    W = min(400, n); w = np.hanning(W); S = np.zeros(2049)
    for s in _windows(n, W, 200):
        x = o[s:s + W]; x = (x - x.mean()) * w; e = (x * x).sum()
        if e > 1e-9: S += np.abs(np.fft.rfft(x, 4096)) ** 2 / e
    S = np.sqrt(S); S = S / max(S.max(), 1e-12)
    return acf, S, max(peaks / frames * FR * 60, 20.0)       # the last: onset peaks per minute


def tempo_features(stat, bpm):
    """Features (columns, in the order of TEMPO_FEATURES) of tempo hypotheses bpm."""
    acf, S, rate = stat; bpm = np.asarray(bpm, float)
    P = FR * 60 / bpm; f = bpm / 60 * 4096 / FR              # period in frames, frequency in DFT bins
    A = lambda r: np.interp(r * P, np.arange(len(acf)), acf, right=0.0) * (r * P <= len(acf) - 1)
    F = lambda r: np.interp(r * f, np.arange(len(S)), S, right=0.0)
    l = np.log2(bpm / 110); lp = np.log2(bpm / rate)
    h = lambda x: np.maximum(0, x)
    return np.stack([A(r) for r in A_RATIOS] + [F(r) for r in F_RATIOS] +
                    [l, l * l, lp, lp * lp, h(np.log2(bpm / 140)), h(np.log2(bpm / 165)),
                     h(np.log2(80 / bpm)), h(np.log2(65 / bpm))], -1)


A_RATIOS = [1, 2, 3, 4, 6, 8, 1 / 2, 1 / 3, 3 / 2, 2 / 3, 1 / 4]     # autocorrelation at r x period
F_RATIOS = [1 / 2, 1, 2, 3, 4, 3 / 2, 1 / 3, 1 / 4, 6]               # spectrum at r x tempo frequency


def tempo(onset, tempogram=None):
    """(bpm, confidence); (0, 0) when there is no onset energy. The tempogram is not needed."""
    stat = tempo_statistics(onset)
    if stat is None: return 0.0, 0.0
    s = tempo_features(stat, GRID) @ TEMPO_W
    i = int(s.argmax()); p = np.exp(s - s.max()); p /= p.sum()
    conf = float(p[np.abs(GRID / GRID[i] - 1) < 0.04].sum())
    return refine(stat, GRID[i]), conf


def refine(stat, b0):
    """Sharpen the grid's answer: mean autocorrelation at the multiples 1..8 of the period that fit, parabola over 0.2 % steps."""
    acf = stat[0]; b = b0 * (1 + 0.002 * np.arange(-8, 9)); P = FR * 60 / b
    v = np.zeros(len(b))
    for k in (1, 2, 3, 4, 6, 8):
        if k * P.max() <= len(acf) - 2: v += np.interp(k * P, np.arange(len(acf)), acf)
    i = int(v.argmax()); d = 0.0
    if 0 < i < len(b) - 1:
        q = v[i - 1] - 2 * v[i] + v[i + 1]
        if q < -1e-12: d = 0.5 * (v[i - 1] - v[i + 1]) / q
    return float(b0 * (1 + 0.002 * (i - 8 + d)))


def _unit(x):
    x = x - x.mean(); n = np.sqrt((x * x).sum()); return x / n if n > 1e-9 else x * 0


def peak_histograms(S):
    """S: STFT magnitude (bins, frames), the same 2048/882 STFT. Two running sums of 120 bins (10 cents; bin 0 = C at A4 = 440)."""
    S = S[:260]; T = S.shape[1]; c = S[1:-1]
    avg = np.zeros_like(S); sh = np.zeros_like(S)
    avg[1:-1] = 0.5 * (S[2:] - S[:-2]); den = 2 * c - S[2:] - S[:-2]
    sh[1:-1] = avg[1:-1] / np.where(np.abs(den) < 1e-12, 1, den)               # parabolic offset, as librosa.piptrack
    mx = S.max(0); pk = np.zeros(S.shape, bool)
    pk[1:-1] = (c > S[:-2]) & (c >= S[2:]); pk &= (S > 0.05 * mx) & (mx > 1e-3)  # local maxima above 5 % of the frame's largest
    k, t = np.nonzero(pk); hz = (k + sh[k, t]) * 44100 / 2048; m = (hz > 60) & (hz < 5000); k, t, hz = k[m], t[m], hz[m]
    a = S[k, t] + 0.5 * avg[k, t] * sh[k, t]; b = np.round(120 * np.log2(hz / 440) + 90).astype(int) % 120
    H = np.zeros((T, 120)); np.add.at(H, (t, b), a)                            # all peaks, frame divided by its largest bin
    lo = hz < 1000; L = np.zeros((T, 120)); np.add.at(L, (t[lo], b[lo]), np.sqrt(a[lo]))  # low peaks, root amplitude, frame sums to 1
    return np.stack([(H / np.maximum(H.max(1, keepdims=True), 1e-9)).mean(0), (L / np.maximum(L.sum(1, keepdims=True), 1e-9)).mean(0)])


def pitch_classes(hists):
    """The two 120-bin sums -> 12 pitch classes, tuning removed, fundamentals favoured."""
    tot = np.zeros(12)
    for h in hists:
        z = (h * np.exp(2j * np.pi * np.arange(120) / 10)).sum(); d = int(np.round(np.angle(z) / (2 * np.pi) * 10))  # tuning, 10 cents
        v = np.array([sum((1 - abs(i) / 5) * h[(10 * j + d + i) % 120] for i in range(-4, 5)) for j in range(12)])
        tot += v / max(v.sum(), 1e-9)
    tot = tot / max(tot.sum(), 1e-9)
    return tot + 0.4 * np.roll(tot, -7) + 0.2 * np.roll(tot, -4)              # a peak may be the 3rd or 5th partial of a lower note


def key_peaks(hists):
    """(tonic, mode, confidence): correlation with two profiles, softmax."""
    x = _unit(pitch_classes(hists))
    if not np.abs(x).sum() > 0: return -1, False, 0.0
    s = np.array([np.roll(x, -t) @ PROFILE_MAJOR for t in range(12)] + [np.roll(x, -t) @ PROFILE_MINOR + PROFILE_MINOR_BIAS for t in range(12)])
    i = int(s.argmax()); p = np.exp(s - s.max())
    return i % 12, i >= 12, float(1.0 / p.sum())


if __name__ == "__main__":
    here = os.path.dirname(os.path.abspath(__file__))
    print("name,tempo_bpm,tempo_confidence,key_tonic,key_minor,key_confidence,onsets_per_second")
    for name in sys.argv[1:]:
        onset = np.load(f"{here}/{name}_onset.npy")
        bpm, bpm_confidence = tempo(onset)
        tonic, minor, key_confidence = key_peaks(np.load(f"{here}/{name}_pitch_peaks.npy"))
        rate = tempo_statistics(onset)[2] / 60
        print(f"{name},{bpm:.5f},{bpm_confidence:.5f},{tonic},{int(minor)},{key_confidence:.5f},{rate:.5f}")
