"""Writes one_hot.json beside this file: what scikit-learn makes of a small table of words.

    pip install scikit-learn==1.9.1 pandas && python one_hot.py
"""
import json, pathlib
import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

random = np.random.default_rng(3)
rows = []
for row in range(80):
    age = int(random.integers(18, 80))
    colour = str(random.choice(["blue", "green", "red", "white"], p=[0.4, 0.3, 0.2, 0.1]))
    member = str(random.choice(["no", "yes"]))
    risk = 0.05 * (age - 50) + {"blue": 1, "green": -1, "red": 0.5, "white": 0}[colour]
    answer = int(risk + random.normal() > 0)
    rows.append([None if row % 17 == 3 else age, None if row % 13 == 5 else colour,
                 None if row % 19 == 7 else member, answer])
# A word that no training row holds: see the split below.
y = np.array([row[3] for row in rows])
train, test = train_test_split(np.arange(len(rows)), train_size=0.7, stratify=y, random_state=42)
rows[test[4]][1] = "violet"
x = np.array([row[:3] for row in rows], dtype=object)
missing = np.vectorize(lambda value: np.nan if value is None else value, otypes=[object])
x = missing(x)
words = lambda encoder: make_pipeline(SimpleImputer(strategy="most_frequent"), encoder)
prepare = make_pipeline(
    ColumnTransformer([
        ("age", SimpleImputer(strategy="mean"), [0]),
        ("colour", words(OneHotEncoder(handle_unknown="ignore", sparse_output=False)), [1]),
        ("member", words(OrdinalEncoder()), [2]),
    ]),
    StandardScaler(),
)
learner = LogisticRegression(max_iter=10000, tol=1e-12)
x_train = prepare.fit_transform(x[train], y[train])
learner.fit(x_train, y[train])
encoder = prepare[0].named_transformers_["colour"][1]
out = {
    "rows": rows,
    "train": train.tolist(),
    "test": test.tolist(),
    "levels": encoder.categories_[0].tolist(),
    "prepared_test": prepare.transform(x[test]).tolist(),
    "probabilities": learner.predict_proba(prepare.transform(x[test]))[:, 1].tolist(),
}
lines = [f'  "{key}": {json.dumps(value)}' for key, value in out.items()]
path = pathlib.Path(__file__).with_name("one_hot.json")
path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
