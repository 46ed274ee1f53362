"""The features of Resonance as librosa computes them: the reference of the golden files and of the agreement table.

Needs librosa 0.11 (python3 -m pip install librosa==0.11.0). The numbers are those of
src/resonance/core/feature_contract.h.
"""

import warnings

import librosa
import numpy as np

RATE_HZ = 44100
FFT = 2048
HOP = 882
MEL_BANDS = 160
CHROMA_BINS = 24
TEMPOGRAM_LAGS = 320
TUNING_FRAMES = 5 * 60 * 50


def _log_mel(power):
    mel = librosa.feature.melspectrogram(S=power, sr=RATE_HZ, n_fft=FFT, n_mels=MEL_BANDS)
    return librosa.power_to_db(mel, ref=1.0, amin=1e-10, top_db=None)


def librosa_separation(samples):
    """Magnitudes of a mono signal at 44.1 kHz, and the harmonic and percussive masks: bins x frames, of its type."""
    magnitude = np.abs(librosa.stft(samples, n_fft=FFT, hop_length=HOP, pad_mode="constant"))
    return magnitude, *librosa.decompose.hpss(magnitude, kernel_size=31, power=2.0, mask=True)


def librosa_features(samples, separation=None):
    """All features of a mono float32 signal at 44.1 kHz: a dict of arrays whose first axis is frames."""
    magnitude, harmonic_mask, percussive_mask = separation or librosa_separation(samples)
    harmonic_power = (magnitude * harmonic_mask) ** 2
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # silence has no pitches, which is no surprise here
        tuning = librosa.estimate_tuning(
            S=harmonic_power[:, :TUNING_FRAMES], sr=RATE_HZ, n_fft=FFT, bins_per_octave=CHROMA_BINS
        )
    chroma = librosa.feature.chroma_stft(
        S=harmonic_power, sr=RATE_HZ, n_fft=FFT, n_chroma=CHROMA_BINS, tuning=tuning
    )
    onset = librosa.onset.onset_strength(
        S=_log_mel((magnitude * percussive_mask) ** 2), sr=RATE_HZ, hop_length=HOP
    )
    tempogram = librosa.feature.tempogram(
        onset_envelope=onset, sr=RATE_HZ, hop_length=HOP, win_length=TEMPOGRAM_LAGS
    )
    return {
        "log_mel": _log_mel(magnitude**2).T,
        "chroma": chroma.T,
        "onset": onset,
        "tempogram": tempogram.T,
        "harmonic_mask": harmonic_mask.T,
        "tuning": np.array([tuning]),
    }
