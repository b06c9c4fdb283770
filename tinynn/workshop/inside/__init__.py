"""What runs on the other side of the fence, in the process that the submission may ruin.

Nothing here imports tinynn, and the imports are relative: the process is started with this folder alone, as
the package `inside`, so that no kernel of ours lies in the memory that the submission can read.

main.py      the start: take the channel, confine, divide into launcher, init and worker
channel.py   the frames over the pipe
confine.py   another user, other namespaces, a file system that cannot be written, limits
build.py     compile and load the submission
memory.py    arrays between forbidden pages; what a fault hit
serve.py     the loop: take arrays, call the kernel, give the arrays back
"""
