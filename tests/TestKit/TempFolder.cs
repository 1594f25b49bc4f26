namespace AzImageTools.TestKit;

/// <summary>A folder of a test's own, removed with all it holds when the test ends.</summary>
public sealed class TempFolder : IDisposable
{
    public string FullName { get; } = Directory.CreateTempSubdirectory("azimagetools-").FullName;

    public string File(string name) => Path.Combine(FullName, name);

    public void Dispose() => Directory.Delete(FullName, recursive: true);
}
