namespace AzImageTools.Fuzz.Targets;

/// <summary>A reader, and the images that it is fed. They are loaded when it is first used.</summary>
internal sealed class FuzzTarget : IDisposable
{
    private readonly List<IDisposable> _files = [];
    private readonly Lazy<IReadOnlyList<IFuzzSubject>> _subjects;

    /// <param name="name">What the command line calls it.</param>
    /// <param name="weight">How many executions it gets, against the other targets: the cheaper one is, the more.</param>
    /// <param name="load">Makes the subjects; what it adds to the list is disposed with the target.</param>
    public FuzzTarget(string name, int weight, Func<List<IDisposable>, IReadOnlyList<IFuzzSubject>> load)
    {
        Name = name;
        Weight = weight;
        _subjects = new Lazy<IReadOnlyList<IFuzzSubject>>(() => load(_files));
    }

    public string Name { get; }

    public int Weight { get; }

    public IReadOnlyList<IFuzzSubject> Subjects => _subjects.Value;

    public void Dispose() => _files.ForEach(static file => file.Dispose());
}
