# SPDX-License-Identifier: Apache-2.0
"""Models with slopes, in torch. A seam: reached by ``seam(..., extra="torch")``.

``convert`` makes a torch module of an ONNX graph and checks it against the runtime's outputs; ``weights`` reads
safetensors and fills a module that the user's own factory made; ``open`` says how a file becomes a module, or why not;
``through`` gives a step without a useful slope another one (BPDA).
"""
