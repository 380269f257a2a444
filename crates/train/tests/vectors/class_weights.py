"""Writes class_weights.json: trees and forests of scikit-learn 1.9.1 with class weights.

Shares of the classes are such that balanced weights are exact in binary (1.5 and 0.75; 0.5, 1
and 2): sums then have no rounding, and equal cuts tie there as they do here.
"""

import json
import pathlib

import numpy as np
import sklearn
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

assert sklearn.__version__ == "1.9.1"
PROBES = 48
SHARES = {"two": [2, 1], "four": [4, 2, 1, 1]}
SETTINGS = [
    ("dt", {"class_weight": "balanced"}),
    ("dt", {"class_weight": "balanced", "criterion": "entropy", "max_depth": 4}),
    ("dt", {"class_weight": "balanced", "max_features": "sqrt", "min_samples_leaf": 3}),
    ("dt", {"class_weight": "balanced", "min_impurity_decrease": 0.02}),
    ("rf", {"class_weight": "balanced"}),
    ("rf", {"class_weight": "balanced", "bootstrap": False, "min_samples_leaf": 2}),
    ("rf", {"class_weight": "balanced_subsample", "max_depth": 2}),
    ("et", {"class_weight": "balanced"}),
    ("et", {"class_weight": "balanced", "bootstrap": True, "max_depth": 5}),
    ("et", {"class_weight": "balanced_subsample"}),
]
MODELS = {"dt": DecisionTreeClassifier, "rf": RandomForestClassifier, "et": ExtraTreesClassifier}


def data(shares):
    """Rows of four columns: many values, many values, five, two."""
    random = np.random.RandomState(len(shares))
    y = random.permutation(np.repeat(np.arange(len(shares)), np.array(shares) * 96 // sum(shares)))
    noise = random.randint(0, 256, size=(96, 2)) / 64
    x = np.column_stack([
        noise[:, 0] + y,
        noise[:, 1],
        random.randint(0, 5, size=96),
        (y + random.randint(0, 3, size=96)) // 2 % 2,
    ])
    return x, y


def fitted(x, y, name, settings):
    size = {} if name == "dt" else {"n_estimators": 7}
    model = MODELS[name](random_state=42, **settings, **size).fit(x, y)
    probabilities = model.predict_proba(x[:PROBES])
    return {"learner": name, "params": {**settings, **size}, "proba": probabilities.tolist()}


cases = []
for shares in SHARES.values():
    x, y = data(shares)
    models = [fitted(x, y, name, settings) for name, settings in SETTINGS]
    cases.append({"X": x.tolist(), "y": y.tolist(), "models": models})
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps({"scikit-learn": sklearn.__version__, "cases": cases}) + "\n")
