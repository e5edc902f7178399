# SPDX-License-Identifier: Apache-2.0
"""Calls of ML libraries that unpickle, or rebuild any object, from what they load; see ``calls_table``.

``sent`` is a call that is dangerous where a stranger decides what it loads, and everyday where not.
"""

from typing import Final

LOADS: Final = """
[any library: a function whose own name says that it reads pickles]
load   0 file likely  **.{load_pickle|read_pickle|from_pickle|unpickle|pickle_load} **.pickle_loads
load   0 file likely  **.{load_from_pickle|load_pkl|read_pkl|pkl_load} **.{unpickle_object|read_gpickle}
load   0 file likely  **.{read_pickled|load_pickled}
[Python 3.14 docs.python.org/3/library/pickle, marshal, shelve, multiprocessing]
load  -1 - hardly  multiprocessing.connection.{Client|Listener}!.recv
load  -1 - hardly  multiprocessing.connection.Listener!.accept().recv multiprocessing.Pipe()[].recv
load   0 filename likely  shelve.{Shelf|BsdDbShelf|DbfilenameShelf}
[dill 0.4 dill.readthedocs.io]
load   0 filename always  dill.{load_session|load_module|load_module_asdict}
load   0 filename always  dill.session.{load_session|load_module|load_module_asdict}
[relatives of pickle: compress-pickle 2, hickle 5, klepto, jsonpickle 4, diskcache 5, sqlitedict 2, zodbpickle 4]
load   0 file always  zodbpickle.{pickle|fastpickle|slowpickle}.{load|loads} zodbpickle.{load|loads}
load   0 file hardly  hickle.load
load   0 path always  compress_pickle.{load|loads}
load   0 string always  jsonpickle.{decode|loads} jsonpickle.unpickler.decode jsonpickle.Unpickler!.restore
load   0 string always  jsonpickle.unpickler.Unpickler!.restore
load   0 directory hardly  diskcache.{Cache|FanoutCache|Deque|Index}
load   0 filename hardly  sqlitedict.SqliteDict klepto.archives.{file_archive|dir_archive|sql_archive}
load   0 path likely  mlem.api.{load|load_meta|apply} mlem.{load|load_meta}
[joblib 1.5 joblib.readthedocs.io/en/stable/generated/joblib.load.html]
load   0 filename always  joblib.load joblib.numpy_pickle.{load|load_temporary_memmap}
load   0 filename always  sklearn.externals.joblib.load
[NumPy 2.3 numpy.org/doc/stable/reference/generated/numpy.load.html, jax.numpy, cupy, scipy]
load   0 file always+allow_pickle@2=True  {cupy|cupyx|jax.numpy|autograd.numpy|cunumeric}.load mxnet.numpy.load
load   0 file always+allow_pickle@2=True  numpy.lib.npyio.NpzFile
load   0 filename always+allow_pickle=True  numpy.lib.format.open_memmap numpy.lib.npyio.NpzFile
load   0 filename always+allow_pickle=True  ray.data.read_numpy scipy.sparse.load_npz
[pandas 2.3 pandas.pydata.org/docs/reference/api: read_pickle, read_hdf, HDFStore]
load   0 filepath_or_buffer always  {pandas|modin.pandas|geopandas|cudf}.read_pickle pandas.io.pickle.read_pickle
load   0 filepath_or_buffer always  modin.experimental.pandas.read_pickle_distributed
load   0 filepath_or_buffer always  modin.experimental.pandas.read_pickle_glob
load   0 filepath_or_buffer always  pandas.compat.pickle_compat.{load|loads} pandas.io.api.read_pickle
load   0 path_or_buf hardly  {pandas|modin.pandas}.read_hdf pandas.io.pytables.read_hdf pandas.HDFStore
load   0 pattern hardly  dask.dataframe.**.read_hdf
[Polars 1 docs.pola.rs/api/python/stable: deserialize]
load   0 source hardly  polars.**.{LazyFrame|Expr|DataFrame}.deserialize
[PyTables 3.10 www.pytables.org: attributes and ObjectAtom are pickled]
load   0 filename hardly  tables.{open_file|openFile}
[numcodecs 0.16 numcodecs.readthedocs.io/en/stable/other/pickles.html, zarr]
load  -2 - likely  numcodecs.pickles.Pickle numcodecs.Pickle
[PyArrow 14 arrow.apache.org/docs/14.0/python/ipc.html: deprecated serialisation, extension types]
load   0 obj likely  pyarrow.{deserialize|deserialize_from|read_serialized} pyarrow.deserialize_components
load   0 obj likely  pyarrow.plasma.{PlasmaClient|connect}!.get
load   0 obj likely  pyarrow.SerializationContext!.{deserialize|deserialize_from}
load   0 obj likely  pyarrow.default_serialization_context().deserialize
load  -2 - always+auto_load@0=True  pyarrow.**.PyExtensionType.set_auto_load
load  -2 - always+value@0=True  pyarrow.**.PyExtensionType.set_auto_load
[msgpack-numpy 0.4, srsly 2]
load  -2 - likely  msgpack_numpy.patch
load   0 packed likely  msgpack_numpy.{unpackb|unpack|loads|load} srsly.pickle_loads
load   0 packed likely  srsly.cloudpickle.{load|loads}
[Apache Spark 4 spark.apache.org/docs/latest/api/python: pickleFile, serializers]
load   0 name likely  pyspark.***.pickleFile
load   0 obj always  pyspark.serializers.~!.{loads|load_stream} pyspark.cloudpickle.{load|loads}
load   0 obj always  pyspark.broadcast.Broadcast!.{load_from_path|load}
[Dask and Distributed 2025 distributed.dask.org/en/stable/serialization.html]
load   0 x always  distributed.protocol.pickle.loads
load   0 x always  distributed.protocol.{deserialize|loads|deserialize_bytes}
load   0 x always  distributed.protocol.serialize.{pickle_loads|deserialize}
load   0 x always  distributed.protocol.serialize.deserialize_bytes
[Ray 2.49 docs.ray.io: checkpoints of RLlib, Tune and Train are cloudpickle]
load   0 checkpoint likely  ray.rllib.**.~.{from_checkpoint|from_state}
load   0 checkpoint likely  ray.rllib.**.~!.{restore|restore_from_path|load_checkpoint}
load   0 path likely  ray.tune.Tuner.restore ray.tune.**.Tuner.restore ray.tune.**.ExperimentAnalysis
load   0 path likely  ray.tune.search.**.~!.{restore|restore_from_dir} ray.train.**.~Trainer.restore
load   0 path likely  ray.train.**.~Checkpoint!.{get_model|get_estimator} ray.train.**.~Checkpoint!.get_preprocessor
load   0 path likely  ray.air.**.Checkpoint.{from_bytes|from_dict} ray.workflow.{resume|resume_all}
[PyTorch 2.9 docs.pytorch.org/docs/stable: notes/serialization, export, hub, package, distributed.checkpoint]
load   0 url always+weights_only=False  torch.hub.load_state_dict_from_url torch.utils.model_zoo.load_url
load   0 url hardly-weights_only=True-check_hash=True  {torch.hub|torchvision.models.utils}.load_state_dict_from_url
load   0 url hardly-weights_only=True-check_hash=True  torchvision._internally_replaced_utils.load_state_dict_from_url
load   0 url hardly-weights_only=True-check_hash=True  torch.utils.model_zoo.load_url
load   0 f hardly  torch.export.load torch.export.pt2_archive._package.load_pt2
load   0 path likely  torch._inductor.package.load_package torch._inductor.aoti_load_package
load   0 path likely  torch._export.aot_load
load   0 file_or_buffer likely  torch.package.PackageImporter
load  -2 - always+safe_globals@0=builtins.eval  torch.serialization.{add_safe_globals|safe_globals}
load  -2 - always+safe_globals@0=builtins.exec  torch.serialization.{add_safe_globals|safe_globals}
load  -2 - always+safe_globals@0=builtins.getattr  torch.serialization.{add_safe_globals|safe_globals}
load  -2 - always+safe_globals@0=builtins.__import__  torch.serialization.{add_safe_globals|safe_globals}
load  -2 - always+safe_globals@0=os.system+safe_globals@0=os.popen  torch.serialization.{add_safe_globals|safe_globals}
load  -2 - always+safe_globals@0=subprocess.Popen  torch.serialization.{add_safe_globals|safe_globals}
sent   0 f likely  torch.jit.load
load   1 resource likely  torch.package.PackageImporter!.load_pickle
load   0 dcp_checkpoint_dir likely  torch.distributed.checkpoint.format_utils.torch_save_to_dcp
load   0 dcp_checkpoint_dir likely  torch.distributed.checkpoint.format_utils.BroadcastingTorchSaveReader
load   0 b likely  torch.storage._load_from_bytes torch.distributed.distributed_c10d._tensor_to_object
[PyTorch Lightning 2.6 lightning.ai/docs/pytorch/stable/common/checkpointing_basic.html]
load   0 checkpoint_path always+weights_only=False  {pytorch_lightning|lightning}.**.~.load_from_checkpoint
load  -2 ckpt_path always+weights_only=False  pytorch_lightning.**.Trainer!.{fit|validate|test|predict}
load  -2 ckpt_path always+weights_only=False  lightning.**.Trainer!.{fit|validate|test|predict}
load   0 path always+weights_only=False  {lightning|lightning_fabric}.**.Fabric!.{load|load_raw}
load   0 path_or_url always+weights_only=False  lightning.**.{_load|pl_load|load_checkpoint}
load   0 path_or_url always+weights_only=False  lightning_fabric.**.{_load|pl_load|load_checkpoint}
load   0 path_or_url always+weights_only=False  pytorch_lightning.**.{_load|pl_load|load_checkpoint}
[DeepSpeed 0.18, Ignite 0.5, webdataset 1, petastorm 0.13, torch.distributed.rpc docs.pytorch.org/docs/stable/rpc.html]
load   0 load_dir likely  deepspeed.***.load_checkpoint
load   0 checkpoint_dir likely  deepspeed.utils.zero_to_fp32.get_fp32_state_dict_from_zero_checkpoint
load   1 checkpoint_dir likely  deepspeed.utils.zero_to_fp32.load_state_dict_from_zero_checkpoint
load  -2 - hardly  torch.distributed.rpc.{init_rpc|rpc_sync|rpc_async|remote}
load  -2 - likely  webdataset.***.decode
load   0 dataset_url likely  petastorm.make_reader petastorm.reader.make_reader
[timm 1.0 huggingface.co/docs/timm]
load   1 checkpoint_path always+weights_only=False  timm.**.{load_checkpoint|load_state_dict|resume_checkpoint}
[OpenCLIP 3, CLIP, Whisper: github.com/mlfoundations/open_clip, openai/CLIP, openai/whisper]
load   1 checkpoint_path always+weights_only=False  open_clip.**.{load_checkpoint|load_state_dict}
load   1 pretrained always+load_weights_only=False  open_clip.**.{create_model|create_model_and_transforms}
load   1 pretrained always+load_weights_only=False  open_clip.**.create_model_from_pretrained
[Ultralytics 8.3 docs.ultralytics.com, YOLOv5]
load   0 model hardly  ultralytics.{YOLO|RTDETR|SAM|FastSAM|NAS|YOLOWorld|YOLOE}
load   0 model hardly  ultralytics.models.**.{YOLO|RTDETR|SAM|FastSAM|NAS|YOLOWorld} ultralytics.models.**.YOLOE
load   0 weight likely  ultralytics.nn.tasks.{torch_safe_load|attempt_load_weights}
load   0 weight likely  ultralytics.nn.tasks.attempt_load_one_weight
load   0 weight likely  ultralytics.nn.tasks.load_checkpoint yolov5.load
load   0 weight likely  yolov5.models.experimental.attempt_load models.experimental.attempt_load
[Detectron2 0.6, fvcore: checkpoints are pickles]
load   0 path likely  detectron2.**.{DetectionCheckpointer|Checkpointer}!.load
load   0 path likely  detectron2.**.DetectionCheckpointer!.resume_or_load detectron2.**.Checkpointer!.resume_or_load
load   0 path likely  fvcore.**.{DetectionCheckpointer|Checkpointer}!.load
load   0 path likely  fvcore.**.{DetectionCheckpointer|Checkpointer}!.resume_or_load
load  -2 - hardly+trained@1=True  detectron2.model_zoo.get
[MMEngine 0.10, MMCV, MMDetection mmengine.readthedocs.io/en/latest/api: runner, fileio]
load   1 filename likely  {mmengine|mmcv}.runner.**.load_checkpoint {mmengine|mmcv}.runner.load_checkpoint
load   0 filename likely  mmengine.runner.**._load_checkpoint mmengine.runner.**.load_state_dict_from_file
load   0 filename likely  mmcv.runner.**.{_load_checkpoint|load_state_dict_from_file}
load   0 filename likely  mmengine.runner.**.CheckpointLoader.load_checkpoint
load   0 filename likely  mmengine.runner.Runner!.{load_checkpoint|resume}
load   0 file hardly  {mmengine|mmcv}.load {mmengine|mmcv}.fileio.load
load   1 checkpoint likely  mmdet.apis.{init_detector|DetInferencer}
load   1 checkpoint likely  mmseg.apis.{init_model|init_segmentor|MMSegInferencer}
load   1 checkpoint likely  mmpose.apis.{init_model|MMPoseInferencer} mmaction.apis.init_recognizer
load   1 checkpoint likely  mmcls.apis.init_model mmocr.apis.MMOCRInferencer mmdet3d.apis.init_model
[fairseq 0.12 fairseq.readthedocs.io]
load   0 filenames likely  fairseq.checkpoint_utils.load_model_ensemble
load   0 filenames likely  fairseq.checkpoint_utils.load_model_ensemble_and_task
load   0 filenames likely  fairseq.checkpoint_utils.load_checkpoint_to_cpu
load   0 filenames likely  fairseq.checkpoint_utils.load_pretrained_component_from_model
load   0 model_name_or_path likely  fairseq.models.**.~.from_pretrained fairseq.hub_utils.from_pretrained
[NVIDIA NeMo 2 docs.nvidia.com/nemo-framework: .nemo archives]
load   0 restore_path likely  nemo.**.~.{restore_from|load_from_checkpoint}
load   0 restore_path likely  nemo.**.SaveRestoreConnector!.restore_from
[SpeechBrain 1 speechbrain.readthedocs.io, HyperPyYAML 1.2]
load   0 yaml_stream likely  hyperpyyaml.**.load_hyperpyyaml
load   0 source likely  speechbrain.**.~.from_hparams
load   0 path likely  speechbrain.utils.checkpoints.torch_recovery
load   0 path likely  speechbrain.utils.checkpoints.torch_parameter_transfer
load   0 path likely  speechbrain.utils.checkpoints.Checkpointer!.recover_if_possible
load   0 path likely  speechbrain.utils.checkpoints.Checkpointer!.load_checkpoint
[ESPnet 202412, Coqui TTS 0.22]
load   0 model_file likely  espnet2.bin.**.~.from_pretrained espnet2.**.~Task.build_model_from_file
load   0 model_file likely  espnet.asr.**.{torch_load|load_trained_model}
load   0 model_file likely  espnet.asr.**.{load_trained_modules|torch_resume}
load   0 path likely  TTS.utils.io.{load_fsspec|load_checkpoint} TTS.utils.synthesizer.Synthesizer
[Stable-Baselines3 2.7 stable-baselines3.readthedocs.io/en/master/guide/save_format.html]
load   0 path likely  {stable_baselines3|sb3_contrib|stable_baselines}.**.~.load
load   0 path likely  stable_baselines3.common.save_util.load_from_pkl
load   0 path likely  stable_baselines3.common.save_util.load_from_zip_file
load   0 path likely  sb3_contrib.common.save_util.load_from_pkl sb3_contrib.common.save_util.load_from_zip_file
load   0 path likely  {stable_baselines3|sb3_contrib}.common.save_util.json_to_data
load   0 path likely  stable_baselines3.**.~!.{load_replay_buffer|set_parameters}
load   0 path likely  sb3_contrib.**.~!.{load_replay_buffer|set_parameters}
load   0 path likely  {stable_baselines3|sb3_contrib}.**.~!.load_running_average
[d3rlpy 2, Tianshou 1, imitation 1, Brax]
load   0 fname likely  d3rlpy.load_learnable d3rlpy.**.~!.load_model d3rlpy.dataset.**.ReplayBuffer.load
load   0 fname likely  imitation.policies.serialize.load_policy imitation.data.**.load
load   0 fname likely  tianshou.data.**.~Buffer.load_hdf5 brax.io.model.{load_params|load}
load   0 fname likely  acme.**.restore_from_path
[Keras 3.12 keras.io/api/models/model_saving_apis, TensorFlow 2.20 tensorflow.org/api_docs, SECURITY.md]
load   0 filepath always+safe_mode=False  tensorflow.**.{load_model|deserialize_keras_object}
load   0 filepath always+safe_mode=False  tensorflow.**.clone_model
load   0 filepath always+safe_mode=False  keras.**.{load_model|deserialize_keras_object|clone_model}
load   0 filepath always+safe_mode=False  tf_keras.**.{load_model|deserialize_keras_object|clone_model}
load   0 filepath always+safe_mode=False  tensorflow.**.{model_from_json|model_from_config|deserialize}
load   0 filepath always+safe_mode=False  keras.**.{model_from_json|model_from_config|deserialize}
load   0 filepath always+safe_mode=False  tf_keras.**.{model_from_json|model_from_config|deserialize}
load  -2 - always  {tensorflow|keras|tf_keras}.**.enable_unsafe_deserialization
load   0 yaml_string likely  {tensorflow|keras|tf_keras}.**.model_from_yaml
load   0 json_string hardly  tensorflow.keras.models.model_from_json tf_keras.models.model_from_json
load   0 code likely  {tensorflow|keras|tf_keras}.**.func_load
load   0 export_dir hardly  tensorflow.**.saved_model.{load|load_v2} tensorflow.**.saved_model.loader.load
load   0 export_dir hardly  {keras|tf_keras|tensorflow}.**.TFSMLayer
load   2 export_dir hardly  tensorflow.**.saved_model.loader.load tensorflow.**.saved_model.load
load   0 meta_graph_or_file hardly  tensorflow.**.train.import_meta_graph
load   0 handle likely  tensorflow_hub.{load|KerasLayer|Module|load_module_spec} tensorflow_hub.**.KerasLayer
load   0 path hardly  tensorflow.data.Dataset.load tensorflow.data.experimental.load
load   0 path likely  trax.supervised.training.unpickle_from_file
[JAX 0.7 docs.jax.dev: serialize_executable unpickles its trees]
load   0 serialized likely  jax.experimental.serialize_executable.deserialize_and_load
load   0 filename likely  elegy.**.load
[skops 0.13 skops.readthedocs.io/en/stable/persistence.html, skorch 1, tslearn, sktime 0.39, pmdarima]
load   0 serial likely  sktime.base.**.load sktime.base.load sktime.**.~.{load_from_path|load_from_serial}
load   0 serial likely  sktime.utils.mlflow_sktime.load_model
load   0 f_params hardly-use_safetensors=True  skorch.**.~!.load_params
load   0 path likely  tslearn.**.~.from_pickle umap.parametric_umap.load_ParametricUMAP
load   0 path likely  top2vec.**.Top2Vec.load lifetimes.**.~!.load_model skopt.**.load
load   0 path likely  deepchem.utils.**.{load_from_disk|load_pickle_file}
load   0 path hardly  bertopic.**.BERTopic.load
[statsmodels 0.14 statsmodels.org/stable/generated/statsmodels.iolib.smpickle.load_pickle.html]
load   0 fname likely  statsmodels.**.api.{load|load_pickle} statsmodels.**.~.load
[Gensim 4.3 radimrehurek.com/gensim/utils.html: SaveLoad]
load   0 fname likely  gensim.{models|similarities|corpora}.**.~.load gensim.utils.SaveLoad.load
[NLTK 3.9 nltk.org/api/nltk.data.html: .pickle resources]
load   0 resource_url likely  nltk.data.load nltk.load
[Flair 0.15, AllenNLP 2, Stanza 1.10, Rasa 3, Snorkel]
load   0 model_path likely  flair.**.~.{load|load_checkpoint}
load   0 archive_file likely  allennlp.**.load_archive allennlp.**.Predictor.from_path allennlp.**.Model.load
load   0 path likely  stanza.models.**.load_pretrain rasa.**.io.{json_unpickle|pickle_load}
load   0 path likely  snorkel.**.~Model!.load
[PyCaret 3, AutoGluon 1.4, FLAML 2, EvalML 0.84, H2O 3, Ludwig 0.10, Hummingbird 0.4, Featuretools]
load   0 model_name likely  pycaret.**.{load_model|load_experiment}
load   0 path likely  autogluon.**.~Predictor.{load|load_from_disk} autogluon.**.load_pkl.load
load   0 path likely  evalml.**.~.load ludwig.api.LudwigModel.load hummingbird.ml.**.load
load   0 path likely  h2o.{load_model|upload_model|upload_mojo|import_mojo} turicreate.load_model
load   0 path likely  autogluon.**.{TabularPredictor|TimeSeriesPredictor}.load autogluon.**.MultiModalPredictor.load
load   0 path likely  autogluon.**.{TextPredictor|ImagePredictor}.load
[Darts 0.38, GluonTS 0.16, Nixtla, NeuralProphet 1, tsai 0.4, Merlion, Orbit, ETNA, PyTorch Forecasting]
load   0 path likely  darts.**.~.{load|load_from_checkpoint} darts.**.~.load_weights_from_checkpoint
load   0 path likely  gluonts.**.~.deserialize gluonts.core.serde.{load_code|decode|load_json|load_binary}
load   0 path likely  neuralforecast.**.NeuralForecast.load statsforecast.**.StatsForecast.load
load   0 path likely  mlforecast.**.MLForecast.load neuralprophet.**.load merlion.**.~.{load|from_bytes}
load   0 path likely  tsai.**.{load_all|load_learner|load_object} etna.**.load
[fastai 2.8 docs.fast.ai/learner.html]
load   0 fname always  fastai.**.{load_learner|load_pickle}
load   0 file hardly  fastai.**.Learner!.load fastai.**.load_model
[Hugging Face: huggingface_hub 1.0, accelerate 1.11, diffusers 0.35, transformers 5, evaluate 0.4, skops, sb3]
load   1 checkpoint_path always+weights_only=False  huggingface_hub.**.load_torch_model
load   1 checkpoint_path always+weights_only=False  accelerate.**.load_checkpoint_in_model
load   1 checkpoint_path always+weights_only=False  accelerate.**.load_checkpoint_and_dispatch
load   0 checkpoint_file always+weights_only=False  huggingface_hub.**.load_state_dict_from_file
load   0 checkpoint_file always+weights_only=False  accelerate.**.{load|load_state_dict}
load   0 checkpoint_file always+weights_only=False  {transformers|diffusers}.**.load_state_dict
load   0 repo_id likely  huggingface_hub.**.from_pretrained_fastai huggingface_hub.**.from_pretrained_keras
load   0 input_dir hardly  accelerate.**.Accelerator!.load_state
load   0 path likely  evaluate.load evaluate.loading.load {datasets|evaluate}.load_metric
load   0 path hardly+use_safetensors=False  transformers.**.~.{from_pretrained|from_single_file}
load   0 path hardly+use_safetensors=False  diffusers.**.~.{from_pretrained|from_single_file}
load   0 path hardly+use_safetensors=False  peft.**.~.{from_pretrained|from_single_file}
[MLflow 3.4 mlflow.org/docs/latest/ml/model/#security: flavours load cloudpickle and code]
load   0 model_uri likely  mlflow.{pyfunc|sklearn|pytorch|xgboost|lightgbm}.load_model
load   0 model_uri likely  mlflow.{spark|langchain}.load_model
load   0 model_uri likely  mlflow.{statsmodels|pmdarima|fastai|dspy|diviner}.load_model
load   0 model_uri likely  mlflow.{promptflow|shap}.load_model
load   0 model_uri likely  mlflow.{transformers|keras|tensorflow|spacy|paddle}.load_model
load   0 model_uri likely  mlflow.sentence_transformers.load_model
load   0 model_uri likely  mlflow.{llama_index|gluon}.load_model mlflow.pyfunc.load_pyfunc
load   0 model_uri likely  mlflow.shap.load_explainer mlflow.pytorch.load_state_dict mlflow.models.predict
load   1 model_uri likely  mlflow.pyfunc.spark_udf
load   0 path likely  mlflow.sklearn._load_model_from_local_file
[BentoML 1.4 docs.bentoml.com, KServe, Seldon]
load   0 bento_tag likely  bentoml.{sklearn|picklable_model|pytorch|lightgbm}.load_model
load   0 bento_tag likely  bentoml.{xgboost|catboost|fastai}.load_model
load   0 bento_tag likely  bentoml.{keras|tensorflow|mlflow|pytorch_lightning}.load_model
load   0 bento_tag likely  bentoml.torchscript.load_model
load   0 bento_tag likely  bentoml.{transformers|diffusers|detectron|easyocr}.load_model bentoml.flax.load_model
load   0 bento_tag likely  bentoml.{sklearn|picklable_model|pytorch|lightgbm}.load
load   0 bento_tag likely  bentoml.{xgboost|catboost|fastai|keras}.load
load   0 bento_tag likely  bentoml.{tensorflow|mlflow|pytorch_lightning|torchscript}.load
load   0 bento_tag likely  bentoml.{transformers|diffusers}.load
load   0 bento_tag likely  bentoml.{detectron|easyocr|flax}.load
load   0 bento_tag likely  bentoml.{sklearn|picklable_model|pytorch}.get().to_runner
load   0 bento_tag likely  bentoml.{catboost|fastai}.get().to_runner
load   0 path likely  bentoml.{import_model|import_bento} bentoml.models.import_model
load   0 path likely  sklearnserver.SKLearnModel
[ClearML 2, Comet 3, ZenML, Kedro 1, Prefect 3, Flyte, Determined, Metaflow, hsml]
load  -2 - likely  clearml.***.artifacts[].get
load   0 model_uri likely  comet_ml.integration.pytorch.load_model
load   0 model_uri likely  determined.pytorch.load_trial_from_checkpoint_path
load   0 model_uri likely  zenml.**.{load_artifact|load_artifact_from_response}
load  -2 - likely  {kedro|kedro_datasets}.**.{PickleDataset|PickleDataSet}
load  -2 - likely  prefect.serializers.PickleSerializer flytekit.**.FlytekitPickle.from_pickle
load  -2 - likely  zenml.client.Client!.get_artifact_version().load
load  -2 - likely  kedro_datasets.pickle.{PickleDataset|PickleDataSet}!.load
[ZeroMQ 27 pyzmq.readthedocs.io, Celery 5 docs.celeryq.dev, Kombu, RQ, Huey, aiocache]
load  -1 - always  zmq.**.{Socket|socket}!.recv_pyobj zmq.Context!.socket().recv_pyobj
load  -1 - always  zmq.asyncio.Context!.socket().recv_pyobj
load  -2 - always+accept_content=pickle  celery.Celery celery.Celery!.conf.update kombu.Consumer
load  -2 - always  kombu.serialization.enable_insecure_serializers kombu.enable_insecure_serializers
load   0 value likely  {aiocache|huey|rq|django|cachelib}.**.PickleSerializer!.loads
load   0 value likely  {aiocache|rq}.**.PickleSerializer kombu.serialization.pickle_loads
load   0 value likely  celery.utils.serialization.pickle.loads
[MPI for Python 4 mpi4py.readthedocs.io, Horovod 0.28, RPyC 6, Pyro 4, IPython Parallel 9]
load  -2 - hardly  mpi4py.MPI.COMM_WORLD.{recv|bcast|scatter|gather|sendrecv} mpi4py.MPI.COMM_WORLD.allgather
load  -2 - hardly  horovod.**.{broadcast_object|allgather_object}
load   0 encoded likely  horovod.runner.common.util.codec.loads_base64
load  -2 - likely  rpyc.**.{obtain|deliver} ipyparallel.**.{use_dill|use_cloudpickle|use_pickle}
load   0 data likely  Pyro4.util.~Serializer!.{loads|loadsCall}
load   0 data likely  ipyparallel.serialize.deserialize_object ipyparallel.serialize.unpack_apply_message
[PyYAML 6 pyyaml.org/wiki/PyYAMLDocumentation]
load   0 stream hardly  yaml.{full_load|full_load_all}
load   0 stream always  yaml.{UnsafeLoader|Loader|CLoader}!.{get_data|get_single_data}
[Optuna 4, Hyperopt 0.2, Nevergrad 1, scikit-optimize 0.10]
load   0 filepath likely  nevergrad.**.~.load
load  -2 trials_save_file likely+trials_save_file  hyperopt.**.fmin
[PaddlePaddle 3, Jittor, OneFlow, MegEngine, Theano, Chainer, TensorLayer]
load   0 path likely  paddle.**.load_dygraph paddle.framework.io.load {jittor|oneflow|megengine}.load
load   0 path likely  theano.misc.pkl_utils.load pylearn2.utils.serial.load
load   0 path likely  tensorlayer.files.**.load_npy_to_any
load   0 file always+allow_pickle=True  chainer.serializers.{load_npz|load} mxnet.npx.{load_npz|load}
load   0 file always+allow_pickle=True  mxnet.nd.{load_npz|load} tensorlayer.files.{load_npz|load}
[PyG 2.7, DGL 2, OGB, python-igraph, PyKEEN]
load   0 path always+weights_only=False  torch_geometric.**.torch_load
load   0 path likely  torch_geometric.io.fs.torch_load dgl.data.utils.load_info
load   0 path likely  igraph.Graph.{Read_Pickle|Read_Picklez} torch_geometric.io.read_planetoid_data
[LangChain 1 api.python.langchain.com, LlamaIndex 0.14, DSPy 3, txtai 9, bm25s]
load   0 text always+allowed_objects=all+secrets_from_env=True  langchain.load.**.{load|loads}
load   0 text always+allowed_objects=all+secrets_from_env=True  langchain_core.load.**.{load|loads}
load   0 text always+allowed_objects=all+secrets_from_env=True  langchain_classic.load.**.{load|loads}
load  -2 - likely  llama_index.**.{JsonPickleSerializer|PickleSerializer}
load  -2 - likely  workflows.**.{JsonPickleSerializer|PickleSerializer}
load  -2 - likely  llama_index.**.ObjectIndex.from_persist_dir llama_index.**.SimpleObjectNodeMapping.from_persist_dir
load   0 path always+allow_pickle=True  dspy.**.load dspy.**.~!.load dspy.~!.load bm25s.**.BM25.load
[Feast 0.55 docs.feast.dev: functions of on-demand views are dill]
load   0 proto likely  feast.**.~.from_proto
[Apache TVM 0.21, treelite]
load   0 path likely  tvm.runtime.module.load_module tvm.runtime.load_module
load   0 path likely  tvm.runtime.vm.Executable.load_exec treelite_runtime.Predictor tl2cgen.Predictor
[PySyft, Flower, NVFlare 2.7]
load   0 blob likely  syft.**.deserialize nvflare.fuel.utils.fobs.**.{loads|load|loadf|deserialize}
[SHAP 0.49, Alibi 0.9, alibi-detect 0.12, DALEX, NannyML]
load   0 in_file likely  shap.**.~.load alibi.**.load_explainer alibi_detect.**.load_detector
load   0 in_file likely  dalex.**.Explainer.{load|loads} nannyml.**.FilesystemStore
[scvi-tools 1.4, CellTypist, matgl, RDKit, MONAI 1.5]
load   0 path likely  scvi.**.~.load celltypist.**.Model.load matgl.**.load_model
load   0 name hardly  monai.bundle.**.load
[Surprise 1.1, pytorch-tabular 1, RecBole 1.2, SDV 1, synthcity, cornac, Pyro 1.9, GPflow]
load   0 file_name always  surprise.dump.load
load   0 path likely  pytorch_tabular.**.TabularModel.load_model pytorch_tabular.**.TabularModel.load_from_checkpoint
load   0 path likely  recbole.**.load_data_and_model sdv.**.~.load ctgan.**.~.load
load   0 path likely  synthcity.**.{load|load_from_file} cornac.models.**.~.load ydata_synthetic.**.~.load
load   0 path likely  copulas.**.~.load pyro.get_param_store().load implicit.**.~.load
"""
