# SPDX-License-Identifier: Apache-2.0
"""Calls of ML libraries that run code, fetch what can change or switch a safeguard off; see ``calls_table``.

``run`` is dangerous as written, ``text`` where what it is given is not fixed, ``named`` where it says what is
imported, ``fetch`` where no version is named.
"""

from typing import Final

RUNS: Final = """
[Python 3.14 docs.python.org/3/library: importlib, runpy, imp, zipimport, code, ctypes]
text   1 location hardly  importlib.util.spec_from_file_location
text   1 path likely  importlib.machinery.{SourceFileLoader|SourcelessFileLoader}
text   1 path likely  importlib.machinery.ExtensionFileLoader
text   1 path likely  imp.{load_source|load_compiled|load_dynamic}
text   0 path likely  runpy.run_path zipimport.zipimporter
text   0 mod_name likely  runpy.run_module
text   0 code likely  code.{InteractiveConsole|InteractiveInterpreter}!.push
text   0 code likely  code.{InteractiveConsole|InteractiveInterpreter}!.runcode
text   0 code likely  code.{InteractiveConsole|InteractiveInterpreter}!.runsource
text   0 code likely  IPython.get_ipython().{run_cell|ex|ev|run_line_magic}
text   0 code likely  IPython.core.interactiveshell.InteractiveShell!.run_cell
text   0 cmd likely  pdb.run timeit.timeit cProfile.run profile.run
[pandas 2.3, numexpr, vaex, asteval, simpleeval, sympy: text as an expression]
text   0 expr hardly  pandas.eval numexpr.evaluate sympy.{sympify|parse_expr|lambdify}
text   0 expr hardly  sympy.parsing.sympy_parser.parse_expr
[PyTorch 2.9 docs.pytorch.org/docs/stable: cpp_extension, hub, testing]
text   1 sources likely  torch.utils.cpp_extension.load
text   1 cpp_sources likely  torch.utils.cpp_extension.load_inline
text   0 code likely  torch.jit.CompilationUnit
text   0 source likely  cupy.{RawKernel|RawModule} pycuda.compiler.SourceModule numba.cuda.compile_ptx
text   0 source likely  pyopencl.Program
[Hugging Face: transformers 5, diffusers 0.35, datasets 3, smolagents 1, kernels 0.10, evaluate]
run   -2 - likely+custom_pipeline-custom_revision=COMMIT  diffusers.**.~.from_pretrained
run   -2 - likely  transformers.**.get_class_from_dynamic_module transformers.**.get_cached_module_file
run   -2 - likely  diffusers.**.get_class_from_dynamic_module diffusers.**.get_cached_module_file
run   -2 - likely  datasets.**.{dataset_module_factory|import_main_class}
run   -2 - likely-revision=COMMIT-version  kernels.get_kernel
run   -2 - likely+executor_type=local  smolagents.**.CodeAgent
run   -2 - likely-executor_type  smolagents.**.CodeAgent
text   0 code likely  smolagents.**.LocalPythonExecutor!
text   0 code likely  smolagents.**.LocalPythonExecutor!.forward smolagents.**.PythonInterpreterTool!.forward
text   0 code likely  smolagents.**.{LocalPythonExecutor|PythonInterpreterTool}!.run
text   0 code likely  smolagents.**.evaluate_python_code transformers.**.evaluate
run   -2 - likely+additional_authorized_imports=*  smolagents.**.{CodeAgent|LocalPythonExecutor}
run   -2 - likely  gradio.load gradio.Interface.load
run   -2 - likely  transformers.**.{HfAgent|LocalAgent|OpenAiAgent} transformers.**.{ReactCodeAgent|CodeAgent}
[TensorFlow Lite ai.google.dev/edge/litert: delegates are native libraries]
text   0 library hardly  tensorflow.lite.experimental.load_delegate tflite_runtime.interpreter.load_delegate
text   0 library hardly  ai_edge_litert.interpreter.load_delegate
[MONAI 1.5 docs.monai.io/en/stable/config_syntax.html: expressions in configurations are evaluated]
text   0 f likely  monai.bundle.**.ConfigParser!.read_config monai.bundle.**.ConfigParser.load_config_file
text   1 config_file likely  monai.bundle.run monai.bundle.scripts.run
[MMEngine 0.10 mmengine.readthedocs.io/en/latest/advanced_tutorials/config.html: configurations are Python]
text   0 filename likely  {mmengine|mmcv}.**.Config.{fromfile|fromstring}
text   0 filename likely  {mmengine|mmcv}.Config.{fromfile|fromstring}
text   0 filename likely  {mmengine|mmcv}.**.import_modules_from_strings
[Detectron2 0.6 detectron2.readthedocs.io/en/latest/tutorials/lazyconfigs.html]
text   0 filename likely  detectron2.**.LazyConfig.{load|load_rel} detectron2.**.LazyConfig.apply_overrides
[Hydra 1.3 hydra.cc/docs/advanced/instantiate_objects, OmegaConf 2.3, Lightning CLI, jsonargparse]
named  0 config likely  hydra.utils.{instantiate|call|get_class|get_method|get_object} hydra_zen.instantiate
named  0 config likely  jsonargparse.**.import_object
run   -2 - always+resolver@1=builtins.eval  omegaconf.OmegaConf.{register_new_resolver|register_resolver}
named  1 init likely  {lightning|pytorch_lightning}.**.instantiate_class
[fairseq 0.12, SpeechBrain 1, spaCy 3.8, AllenNLP 2, gensim 4.3, ESPnet: modules named elsewhere]
run   -2 - hardly  fairseq.utils.import_user_module spacy.util.import_file
run   -2 - likely  speechbrain.**.foreign_class speechbrain.**.import_from_path
run   -2 - likely  gensim.downloader.load
run   -2 - hardly  allennlp.**.{import_module_and_submodules|import_plugins}
[PaddleHub, PaddlePaddle 3 paddlepaddle.org.cn: hub]
run   -2 - likely-source=local  paddle.hub.load
run   -2 - likely  paddlehub.Module
[LangChain 1 and langchain-experimental 0.3 api.python.langchain.com: security notes]
run   -2 - likely  langchain_experimental.**.{PythonREPL|PythonREPLTool}
run   -2 - likely  langchain_experimental.**.{PythonAstREPLTool|PALChain}
run   -2 - likely  langchain_experimental.**.CPALChain
run   -2 - likely  langchain.**.{PythonREPL|PythonREPLTool|PythonAstREPLTool} langchain.**.{PALChain|LLMBashChain}
run   -2 - likely  langchain.**.BashProcess langchain_community.**.{PythonREPL|BashProcess|ShellTool}
run   -2 - likely  langchain_experimental.**.{LLMBashChain|BashProcess} langchain_experimental.**.LLMSymbolicMathChain
run   -2 - likely  langchain.tools.ShellTool langchain_community.tools.ShellTool
run   -2 - likely  langchain_experimental.**.PALChain.from_math_prompt
run   -2 - likely  langchain_experimental.**.CPALChain.from_math_prompt
run   -2 - likely  langchain_experimental.**.PALChain.from_colored_object_prompt
run   -2 - likely  langchain_experimental.**.CPALChain.from_colored_object_prompt
run   -2 - likely  langchain_experimental.**.PALChain.from_univariate_prompt
run   -2 - likely  langchain_experimental.**.CPALChain.from_univariate_prompt
run   -2 - likely  langchain_experimental.**.create_python_agent
run   -2 - likely  {langchain|langchain_classic}.**.create_python_agent
text   0 path likely  langchain.**.{load_chain|load_agent} langchain_core.**.{load_chain|load_agent}
text   0 path likely  langchain_classic.**.{load_chain|load_agent}
text   0 path likely  {langchain|langchain_core}.**.load_chain_from_config langchain_classic.**.load_chain_from_config
text   0 path likely  {langchain|langchain_core}.**.load_prompt_from_config
text   0 path likely  langchain_classic.**.load_prompt_from_config
text   0 path hardly  {langchain|langchain_core|langchain_classic}.**.load_prompt
text   0 template likely+template_format=jinja2  {langchain|langchain_core}.**.~Template.from_template
text   0 template likely+template_format=jinja2  {langchain|langchain_core}.**.PromptTemplate
run   -2 - always+tool_names@0=terminal+tool_names@0=python_repl  {langchain|langchain_community}.**.load_tools
run   -2 - hardly  langchain_experimental.sql.**.SQLDatabaseChain
run   -2 - hardly  langchain_experimental.sql.**.SQLDatabaseChain.from_llm
text   0 file likely  {langchain|langchain_community}.**.load_llm
[spaCy 3.8 spacy.io/usage/saving-loading, Haystack 2: what is loaded says which classes are made]
text   0 name hardly  spacy.load spacy.util.load_model spacy.util.load_model_from_path
text   0 data hardly  haystack.**.Pipeline.{loads|load|from_dict}
[LlamaIndex 0.14 docs.llamaindex.ai: PandasQueryEngine, CodeInterpreter, EvaporateExtractor]
run   -2 - likely  llama_index.**.{PandasQueryEngine|PolarsQueryEngine} llama_index.**.PandasInstructionParser
run   -2 - likely  llama_index.**.{CodeInterpreterToolSpec|EvaporateExtractor} llama_index.**.CodeActAgent
run   -2 - likely  llama_index.**.{download_loader|download_tool} llama_index.**.download_llama_pack
run   -2 - likely  llama_hub.**.download_loader
[Haystack 2 docs.haystack.deepset.ai: unsafe templates]
run   -2 - always+unsafe=True  haystack.**.{OutputAdapter|ConditionalRouter}
[AutoGen 0.7, AG2, CrewAI 0.2, Open Interpreter, PandasAI 2, MetaGPT, Agno, CAMEL, Semantic Kernel, lagent, DSPy]
run   -2 - likely  {autogen|ag2|autogen_ext}.**.LocalCommandLineCodeExecutor
run   -2 - likely  {autogen_core|pyautogen}.**.LocalCommandLineCodeExecutor
run   -2 - likely  {autogen|ag2|autogen_ext|autogen_core}.**.execute_code pyautogen.**.execute_code
run   -2 - always+unsafe_mode=True  crewai_tools.**.CodeInterpreterTool
run   -2 - always+code_execution_mode=unsafe  crewai.**.Agent
run   -2 - always+auto_run=True  interpreter.OpenInterpreter
text   0 message likely  interpreter.chat interpreter.interpreter.chat
run   -2 - hardly  pandasai.**.{SmartDataframe|SmartDatalake|PandasAI|Agent}
run   -2 - likely  agno.tools.**.{PythonTools|ShellTools} phi.tools.**.{PythonTools|ShellTools}
run   -2 - likely  camel.**.{InternalPythonInterpreter|SubprocessInterpreter}
run   -2 - likely  lagent.**.{PythonInterpreter|IPythonInterpreter}
run   -2 - always+unsafe_mode=True  camel.**.{InternalPythonInterpreter|CodeExecutionToolkit}
run   -2 - likely+sandbox=internal_python+sandbox=subprocess  camel.**.CodeExecutionToolkit
[lm-evaluation-harness 0.4, human-eval, EvalPlus: model's programs are run]
run   -2 - likely+confirm_run_unsafe_code=True  lm_eval.**.simple_evaluate
run   -2 - likely  human_eval.**.evaluate_functional_correctness human_eval.**.check_correctness
run   -2 - likely  {bigcodebench|evalplus}.**.untrusted_check
[TensorRT 10 docs.nvidia.com/deeplearning/tensorrt, ONNX Runtime 1.23, OpenVINO 2025, Triton]
text   0 plugin_lib likely  tensorrt.get_plugin_registry().load_library
text   0 plugin_lib likely  tensorrt.get_plugin_registry().deserialize_library
text   0 serialized_engine hardly  tensorrt.Runtime!.deserialize_cuda_engine
text   1 library_path likely  onnxruntime.register_execution_provider_library
text   0 library_path likely  openvino.**.Core!.add_extension openvino.**.Core!.register_plugin
text   0 library_path likely  openvino.frontend.FrontEnd!.add_extension_library
text   0 path likely  tensorflow.**.load_pluggable_device_library
text   0 path likely  ctypes.WinDLL mxnet.library.load
text   0 plugin_path likely  nvidia.dali.plugin_manager.{load_library|load_directory}
[Airflow 3, Kubeflow, Prefect, MLflow projects, Papermill, SageMaker: projects of others are run]
run   -2 - likely-version=COMMIT  mlflow.run mlflow.projects.run
text   0 input_path hardly  papermill.execute_notebook
[pip as a library]
text   0 args likely  pip.main pip._internal.main pip._internal.cli.main.main
[WandB 0.22, ClearML: code of a run]
run   -2 - hardly  wandb.**.launch wandb.sdk.launch.launch
"""
"""Calls that run something."""

FETCHES: Final = """
[Hugging Face Hub huggingface.co/docs/huggingface_hub/guides/download: revision]
fetch  0 repo_id likely  huggingface_hub.{hf_hub_download|snapshot_download}
fetch  0 repo_id likely  huggingface_hub.{cached_download|load_torch_model}
fetch  0 repo_id likely  huggingface_hub.HfApi!.{hf_hub_download|snapshot_download}
fetch  0 repo_id likely  huggingface_hub.**.{hf_hub_download|snapshot_download} modelscope.**.snapshot_download
fetch  0 path likely  datasets.{load_dataset|load_dataset_builder} datasets.get_dataset_config_names evaluate.load
fetch  0 path likely  datasets.load_metric
fetch  0 model_name_or_path likely  sentence_transformers.**.{SentenceTransformer|CrossEncoder}
fetch  0 model_name_or_path likely  sentence_transformers.**.SparseEncoder
fetch  0 model_name likely  timm.create_model
fetch  1 model likely  transformers.pipeline transformers.pipelines.pipeline
fetch  1 model_id likely  peft.~.from_pretrained peft.**.~.from_pretrained
fetch  0 pretrained_model_name_or_path likely  **.{from_pretrained|from_pretrained_hub|from_hub} **.load_from_hub
fetch  0 pretrained_model_name_or_path_or_dict hardly  diffusers.**.~!.{load_lora_weights|load_textual_inversion}
fetch  0 pretrained_model_name_or_path_or_dict hardly  diffusers.**.~!.load_ip_adapter
fetch  0 pretrained_model_name_or_path_or_dict hardly  diffusers.**.~!.load_attn_procs
fetch  0 pretrained_model_name_or_path_or_dict hardly  {transformers|peft}.**.~!.load_adapter
fetch  0 model likely  vllm.LLM vllm.{EngineArgs|AsyncEngineArgs} sglang.Engine mlx_lm.load mlx_lm.utils.load
fetch  0 model likely  lmdeploy.pipeline
fetch  0 model_id likely  langchain_huggingface.**.HuggingFacePipeline.from_model_id
fetch  0 model_id likely  langchain_community.**.HuggingFacePipeline.from_model_id
fetch  0 model_name likely  langchain_huggingface.**.HuggingFaceEmbeddings
fetch  0 model_name likely  {langchain_community|langchain}.**.HuggingFaceEmbeddings
fetch  0 model_name likely  langchain_huggingface.**.HuggingFaceBgeEmbeddings
fetch  0 model_name likely  {langchain_community|langchain}.**.HuggingFaceBgeEmbeddings
fetch  0 model_name likely  langchain_huggingface.**.HuggingFaceInstructEmbeddings
fetch  0 model_name likely  langchain_community.**.HuggingFaceInstructEmbeddings
fetch  0 model_name likely  langchain.**.HuggingFaceInstructEmbeddings
fetch  0 model_name likely  langchain_huggingface.**.HuggingFaceCrossEncoder
fetch  0 model_name likely  {langchain_community|langchain}.**.HuggingFaceCrossEncoder
fetch  0 model_name likely  llama_index.**.{HuggingFaceEmbedding|HuggingFaceLLM} InstructorEmbedding.INSTRUCTOR
fetch  0 model_name likely  FlagEmbedding.{BGEM3FlagModel|FlagModel|FlagReranker}
fetch  0 model_name likely  FlagEmbedding.FlagAutoModel.from_finetuned
hub    0 model_name likely  open_clip.{create_model|create_model_and_transforms}
hub    0 model_name likely  open_clip.create_model_from_pretrained
hub    0 model_name likely  open_clip.get_tokenizer
fetch  0 model_id likely  optimum.**.~.from_pretrained outlines.models.transformers guidance.models.Transformers
fetch  0 model_id likely  ctranslate2.converters.TransformersConverter faster_whisper.WhisperModel
fetch  0 source likely  speechbrain.**.~.from_hparams
[Kaggle kagglehub 0.3, TensorFlow Datasets, spaCy, NLTK, Stanza, GluonNLP: downloads by name]
fetch  0 handle likely  kagglehub.{model_download|dataset_download} kagglehub.notebook_output_download
fetch  0 model likely  spacy.cli.download spacy.cli.download.download
fetch  0 info_or_id hardly  nltk.download nltk.downloader.download
fetch  0 lang hardly  stanza.download
[prompts: LangChain hub api.python.langchain.com/en/latest/hub, LangSmith]
fetch  0 owner_repo_commit likely  langchain.hub.pull langchainhub.**.pull langsmith.Client!.pull_prompt
[files by address, with a digest as an option: Keras get_file, torch.hub, pooch, torchvision, gdown]
url    1 origin likely-file_hash-md5_hash  {keras|tensorflow.keras|tf_keras}.utils.get_file
url    1 origin likely-file_hash-md5_hash  tensorflow.keras.utils.get_file keras.src.utils.get_file
url    0 url likely-hash_prefix@2  torch.hub.download_url_to_file
url    0 url likely+known_hash@1=None  pooch.retrieve
url    0 url likely-md5@3  torchvision.datasets.utils.download_url
url    0 url likely-md5@3  torchvision.datasets.utils.download_and_extract_archive
url    0 url hardly-md5-hash  gdown.{download|cached_download|download_folder}
url    0 url hardly  urllib.request.urlretrieve wget.download
code   0 url likely  kfp.**.load_component_from_url
code  -1 repo likely-rev  dvc.api.{open|read|get_url|params_show|DVCFileSystem}
[ONNX hub, ModelScope, KerasHub, OpenML: versions that can be named]
alias -1 repo likely  onnx.hub.load
fetch  1 model likely-model_revision  modelscope.**.pipeline
hub    0 preset likely  {keras_hub|keras_nlp}.**.~.from_preset
fetch  0 name hardly-version-data_id  sklearn.datasets.fetch_openml
[W&B 0.22, MLflow 3, Comet: aliases that move]
alias  0 artifact_or_name likely  wandb.init().{use_artifact|use_model} wandb.{use_artifact|use_model}
alias  0 artifact_or_name likely  wandb.Api!.artifact
alias  0 model_uri likely  mlflow.artifacts.download_artifacts mlflow.*.load_model
"""
"""Calls that fetch by a name or an address."""

SWITCHES: Final = {
    "allow_dangerous_deserialization": ("True", "load", "reads pickles"),
    "weights_only": ("False", "load", "unpickles whatever a checkpoint names"),
    "load_weights_only": ("False", "load", "unpickles whatever a checkpoint names"),
    "allow_pickle": ("True", "load", "unpickles objects in an array's file"),
    "allow_insecure_serialization": ("True", "load", "unpickles what is sent"),
    "allow_unsafe_types": ("True", "load", "unpickles objects in a data set"),
    "pickle_fallback": ("True", "load", "unpickles what is stored"),
    "serializer": ("pickle", "load", "unpickles what is stored or sent"),
    "task_serializer": ("pickle", "load", "unpickles what is stored or sent"),
    "event_serializer": ("pickle", "load", "unpickles what is stored or sent"),
    "result_serializer": ("pickle", "load", "unpickles what is stored or sent"),
    "trust_remote_code": ("True", "run", "runs whatever Python the repository holds at load time"),
    "allow_dangerous_tools": ("True", "run", "gives a language model a shell or an interpreter"),
    "allow_dangerous_code": ("True", "run", "lets a language model's answer run here"),
    "allow_dangerous_requests": ("True", "run", "lets a language model's answer call any address"),
    "dangerously_allow_code_execution": ("True", "run", "lets a language model's answer run here"),
    "allow_unsafe_code": ("True", "run", "lets a language model's answer run here"),
    "confirm_run_unsafe_code": ("True", "run", "runs code that the model writes"),
    "unsafe_mode": ("True", "run", "runs code that the model writes without a sandbox"),
    "code_execution_mode": ("unsafe", "run", "runs code that the model writes without a sandbox"),
    "use_docker": ("False", "run", "runs code that the model writes without a container"),
}
"""Keywords that switch a safeguard off whoever takes them: the value that does, the rule, and what it does."""

VARIABLES: Final = {
    "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD": "makes every torch.load unpickle whatever a checkpoint names",
    "VLLM_ALLOW_INSECURE_SERIALIZATION": "makes vLLM unpickle what is sent to it",
    "HF_DATASETS_TRUST_REMOTE_CODE": "runs the Python of every data set's repository",
    "AIRFLOW__CORE__ENABLE_XCOM_PICKLING": "makes Airflow unpickle what tasks tell each other",
    "ALLOW_PICKLE": "makes txtai unpickle its indexes",
    "HF_ALLOW_CODE_EVAL": "lets evaluate run the programs that a model writes",
    "TRUST_REMOTE_CODE": "runs the Python of a model's repository",
    "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "lets MLflow unpickle models",
    "SGLANG_ALLOW_INSECURE_SERIALIZATION": "unpickles what is sent",
}
"""Variables of the environment that switch a safeguard off, and what that does.

Sources: docs.pytorch.org/docs/stable/notes/serialization, docs.vllm.ai/en/latest/usage/security, huggingface.co/docs.
"""
GATHERED: Final = ("kwargs", "config", "options", "args", "params", "settings")
"""How keywords end that take a mapping of options which are passed on."""
PASSED: Final = (
    *("model_kwargs", "code_execution_config", "tokenizer_kwargs", "config_kwargs", "pipeline_kwargs", "hf_kwargs"),
    *("args", "model_config", "loader_kwargs", "load_kwargs", "torch_load_args", "torch_load_kwargs", "model_args"),
    *("processor_kwargs", "transformers_kwargs", "from_pretrained_kwargs", "hf_overrides", "engine_kwargs"),
)
"""Keywords of libraries that hand what they are given to functions of the table above."""
