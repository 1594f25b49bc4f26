using AzImageTools.Fuzz.Images;

namespace AzImageTools.Fuzz.Targets;

/// <summary>
/// An input that is made anew for each execution. Once in four times its reading is cancelled on the way: then it has to end
/// with an <see cref="OperationCanceledException"/>, and nothing more may be read.
/// </summary>
/// <param name="name">What it is called in a finding.</param>
/// <param name="make">Makes the input.</param>
/// <param name="walk">Does all that a user could, and tells the watch of each read.</param>
internal sealed class MadeSubject(string name, Func<FuzzRandom, MutableImage> make, Func<MutableImage, FuzzRandom, ReadWatch, bool> walk) : IFuzzSubject
{
    private MutableImage _image = new(0);

    public string Name => name;

    public void Prepare(FuzzRandom random) => _image = make(random);

    public bool Walk(FuzzRandom random)
    {
        using ReadWatch watch = new(random);
        bool isOpened = true;
        bool isStopped = false;
        try
        {
            isOpened = walk(_image, random, watch);
        }
        catch (OperationCanceledException) when (watch.Token.IsCancellationRequested)
        {
            isStopped = true;
        }

        watch.Check(isStopped);
        return isOpened;
    }

    public void CopyTo(Stream target) => _image.CopyTo(target);
}
