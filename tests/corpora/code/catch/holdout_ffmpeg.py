# SPDX-License-Identifier: Apache-2.0
# rule: HBK-COD-002
import subprocess

def transcode(source, target):
    command = "ffmpeg -i " + source + " -ar 16000 " + target
    process = subprocess.Popen(command, stdout=subprocess.PIPE, shell=True)
    return process.communicate()
