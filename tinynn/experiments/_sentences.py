"""Two sentences on each experiment, what is asked and what is to be seen: its page begins with them."""

from __future__ import annotations

SENTENCES = {
    "activations": (
        "Why not the sigmoid? Nine activations are measured: where they saturate, how fast nets learn "
        "with them, and how many ReLUs die when the learning rate is large."
    ),
    "approximation": (
        "How near can a net of one hidden layer come to any function? Pairs of steep sigmoids make bumps, "
        "and a sum of bumps follows the function more closely the more of them there are."
    ),
    "blame": (
        "Whose fault is the error, and how much of it? The gradient of a weight is a ledger with an entry "
        "for every sample and every path from the weight to an output, and the entries add up."
    ),
    "capacity": (
        "What do more hidden neurons buy? They can say more, and so they also learn the noise by heart: "
        "training accuracy rises to 100 % while accuracy on new points falls."
    ),
    "cifar-conv": (
        "What do shared weights buy on photographs? A convnet of three small blocks leaves the dense nets "
        "thirty points behind, because a kernel that has learned an edge finds it everywhere."
    ),
    "cifar-hidden": (
        "What do ten hidden units look for in photographs? Each is a picture in colour, and under it "
        "stands what each of the ten classes makes of it."
    ),
    "cifar-mlp": (
        "What do a hundred hidden units see? Blobs and edges of colour at most, since a dense net has to "
        "learn every position anew."
    ),
    "cifar-softmax": (
        "Can one picture stand for all horses? One template per class has to do for all its photographs, "
        "so the horse has two heads, and planes and ships are told by what surrounds them."
    ),
    "convolution": (
        "What is the difference between convolution and cross-correlation? One reads the kernel "
        "backwards; both slide one small window of weights over all places."
    ),
    "demo": (
        "What is tinynn, in a few seconds and without any files? It folds the plane and learns to read "
        "digits that it has drawn itself."
    ),
    "dense-depth": (
        "What does another layer buy? The second helps much and the third a little, and what lies deeper "
        "rarely pays for its time."
    ),
    "fold-plane": (
        "What does a layer do? It turns and shears the plane, then folds it along its axes; after four "
        "folds straight lines can part three arms of a spiral, but two ReLU units rarely learn to."
    ),
    "fold-width": (
        "Why are two neurons per layer hard to train, and do more layers help? ReLU presses points that are "
        "negative in both units into one point, and no later layer can part them again."
    ),
    "hypernetwork": (
        "What if another net computes the weights? One neuron, given its weights by a second net, answers "
        "what no neuron with fixed weights can."
    ),
    "logistic-neuron": (
        "Is logistic regression a neural network? It is one neuron, and gradient descent ends at the "
        "coefficients that statisticians find by Newton's method."
    ),
    "loss-variance": (
        "Do local minima matter? Small nets end anywhere, large ones all end at nearly the same loss, as "
        "hundreds of nets of each size show."
    ),
    "mnist-conv": (
        "What if the same weights look at every place of a digit? Two convolutions and a linear layer "
        "read digits better than a dense net with thirteen times the parameters."
    ),
    "mnist-hidden": (
        "What does a hidden unit do? Ten units look for parts of digits, and the bars under each say what "
        "the ten classes make of it."
    ),
    "mnist-mlp": (
        "How far does the net that everybody trains first get? Two hidden layers read 98 digits of 100; "
        "many of the mistakes one would make oneself."
    ),
    "mnist-softmax": (
        "What has a linear classifier learned? Each class is one picture of weights, red where ink speaks "
        "for the class and blue where it speaks against."
    ),
    "motif-image": (
        "How can an answer not change when the picture moves? Three small templates slide over a letter, "
        "and what they find is added up over all places."
    ),
    "motif-sequence": (
        "Is the motif in there, and where? One small kernel slides over noise, is told yes or no and "
        "never where, and becomes the motif."
    ),
    "network-size": (
        "How large is a net? Its neurons, weights and parameters are counted, its forward pass is three "
        "products of matrices, and without the non-linearity two layers are one."
    ),
    "neuron-classifiers": (
        "What does the loss decide? The same neuron is a softmax of two classes or a support vector "
        "machine, and weight decay is gradual forgetting."
    ),
    "parameter-transform": (
        "What happens to the weights when they are a function of other parameters? Backpropagation goes "
        "one step further, and what is learned is the other parameters."
    ),
    "regularization": (
        "How is a large net held back? Weight decay, dropout and noise keep its twenty neurons from "
        "learning single points by heart; too much of it, and it bends too little."
    ),
    "weight-sharing": (
        "Why do the gradients of a shared weight add up? Going forward the weight is copied to its uses; "
        "coming back, each use sends its term."
    ),
}
