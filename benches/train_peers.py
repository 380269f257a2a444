"""The peers of benches/train.py, run by it in Pythons of its own; prints one JSON line.

    train_peers.py fit ID DATA TARGET [COLUMN,...]     one fit of scikit-learn or LightGBM
    train_peers.py compare DATA TARGET                 14 learners, 10 folds in 2 processes
    train_peers.py published DATA compare|whole        the published experiment, pycaret 3.0.0rc9
"""

import json
import os
import resource
import sys
import time

# What the walk-through calls the columns.
NAMES = {
    "Diabetes_binary": "Diabetes", "HighBP": "HighBloodPressure", "HighChol": "HighCholesterol",
    "CholCheck": "CholesterolChecked", "HeartDiseaseorAttack": "HeartDiseaseOrHeartAttack",
    "PhysActivity": "PhysicalActivity", "HvyAlcoholConsump": "HeavyAlchoholConsumption",
    "NoDocbcCost": "NoDoctorsVisitBecauseOfCost", "GenHlth": "GeneralHealth",
    "MentHlth": "MentalHealth", "PhysHlth": "PhysicalHealth", "DiffWalk": "DifficultyWalking",
}
REPETITIONS = 3
# A fit that takes longer is not repeated in the same process.
LONG_SECONDS = 1.0


def computed():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def timed(work):
    """What it returns, seconds on the clock, seconds of computing."""
    start, cpu = time.perf_counter(), computed()
    result = work()
    return result, time.perf_counter() - start, computed() - cpu


def learners():
    import lightgbm
    from sklearn import discriminant_analysis, dummy, ensemble, linear_model, naive_bayes
    from sklearn import neighbors, tree

    seed = {"random_state": 42}
    boosted = {"n_jobs": 1, "verbose": -1, **seed}
    return {
        "lr": linear_model.LogisticRegression(max_iter=1000, **seed),
        "knn": neighbors.KNeighborsClassifier(n_jobs=1),
        "nb": naive_bayes.GaussianNB(),
        "dt": tree.DecisionTreeClassifier(**seed),
        "svm": linear_model.SGDClassifier(tol=0.001, **seed),
        "ridge": linear_model.RidgeClassifier(**seed),
        "rf": ensemble.RandomForestClassifier(n_jobs=1, **seed),
        "qda": discriminant_analysis.QuadraticDiscriminantAnalysis(),
        "ada": ensemble.AdaBoostClassifier(**seed),
        "gbc": ensemble.GradientBoostingClassifier(**seed),
        "lda": discriminant_analysis.LinearDiscriminantAnalysis(),
        "et": ensemble.ExtraTreesClassifier(n_jobs=1, **seed),
        "lightgbm": lightgbm.LGBMClassifier(**boosted),
        "dummy": dummy.DummyClassifier(strategy="prior", **seed),
        # Not a learner of its own: LightGBM with the trees of gbc.
        "lightgbm_depth_3": lightgbm.LGBMClassifier(max_depth=3, num_leaves=8, **boosted),
    }


def read(data, target, columns=None):
    import pandas

    frame = pandas.read_csv(data)
    y = frame.pop(target).to_numpy().astype(int)
    return (frame[columns] if columns else frame).to_numpy(float), y


def split(x, y):
    from sklearn.model_selection import train_test_split

    return train_test_split(x, y, test_size=0.3, stratify=y, random_state=42)


def fit(name, data, target, columns=None):
    import numpy
    from sklearn.base import clone
    from sklearn.metrics import roc_auc_score
    from sklearn.preprocessing import StandardScaler

    x, y = read(data, target, columns and columns.split(","))
    x_train, x_test, y_train, y_test = split(x, y)
    scaler = StandardScaler().fit(x_train)
    x_train, x_test = (numpy.ascontiguousarray(scaler.transform(part)) for part in (x_train, x_test))
    walls, cpus = [], []
    while len(walls) < REPETITIONS and sum(walls) < LONG_SECONDS:
        model = clone(learners()[name])
        _, wall, cpu = timed(lambda: model.fit(x_train, y_train))
        walls.append(wall)
        cpus.append(cpu)
    answers, predict, predict_cpu = timed(lambda: model.predict_proba(x_test)[:, 1])
    return {
        "fit_s": min(walls), "fit_cpu_s": min(cpus), "predict_s": predict,
        "predict_cpu_s": predict_cpu, "auc": roc_auc_score(y_test, answers),
    }


def part(model, x, y, learned, held_out):
    """One fit on a part, scaled within it, with the measures of a leaderboard."""
    from sklearn import metrics
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(x[learned])
    model.fit(scaler.transform(x[learned]), y[learned])
    x_held_out = scaler.transform(x[held_out])
    answers = model.predict(x_held_out)
    if hasattr(model, "predict_proba"):
        ranks = model.predict_proba(x_held_out)[:, 1]
    else:
        ranks = model.decision_function(x_held_out)
    truth = y[held_out]
    measures = [metrics.accuracy_score, metrics.recall_score, metrics.f1_score,
                metrics.cohen_kappa_score, metrics.matthews_corrcoef]
    metrics.precision_score(truth, answers, zero_division=0)
    metrics.roc_auc_score(truth, ranks)
    return [measure(truth, answers) for measure in measures]


def compare(data, target):
    import numpy
    from joblib import Parallel, delayed
    from sklearn.base import clone
    from sklearn.model_selection import StratifiedKFold

    x, y = read(data, target)
    x, _, y, _ = split(x, y)
    folds = list(StratifiedKFold(10).split(x, y))
    accuracies = {}
    with Parallel(n_jobs=2) as parallel:
        for name, model in learners().items():
            if name == "lightgbm_depth_3":
                continue
            found = parallel(delayed(part)(clone(model), x, y, *fold) for fold in folds)
            accuracies[name] = round(float(numpy.mean([measures[0] for measures in found])), 4)
    return {"accuracy": accuracies}


def published(data, extent):
    os.environ.setdefault("MPLBACKEND", "Agg")
    import pandas
    import pycaret.classification as pycaret

    steps = {}

    def step(name, work):
        start = time.perf_counter()
        result = work()
        steps[name] = round(time.perf_counter() - start, 2)
        return result

    frame = pandas.read_csv(data).rename(columns=NAMES)
    step("setup", lambda: pycaret.setup(
        data=frame, target="Diabetes", data_split_stratify=True, fix_imbalance=False,
        remove_outliers=True, normalize=True, feature_selection=True,
        remove_multicollinearity=True, session_id=42, html=False, verbose=False))
    step("compare", lambda: pycaret.compare_models(verbose=False))
    if extent == "whole":
        model = step("create", lambda: pycaret.create_model("gbc", verbose=False))
        tuned = step("tune", lambda: pycaret.tune_model(
            model, n_iter=10, optimize="F1", verbose=False))
        for plot in ["auc", "confusion_matrix", "class_report", "error", "feature", "learning"]:
            step(f"plot {plot}", lambda: pycaret.plot_model(
                tuned, plot=plot, save=True, verbose=False))
        step("finalize", lambda: pycaret.finalize_model(tuned))
    return {"steps": steps}


def main():
    work = {"fit": fit, "compare": compare, "published": published}[sys.argv[1]]
    print(json.dumps(work(*sys.argv[2:])))


if __name__ == "__main__":
    main()
