# SPDX-License-Identifier: Apache-2.0
# rule: HBK-COD-002
import gradio as gr

def calculate(expression):
    return eval(expression, {"__builtins__": {}})

gr.Interface(fn=calculate, inputs="text", outputs="text").launch()
