namespace AzImageTools.Fuzz.Images;

/// <summary>A file in a folder of its own, in memory where the system has a place for that, that is written anew for each execution.</summary>
internal sealed class ScratchFile : IDisposable
{
    private readonly string _folder = ImageFile.CreateFolder();

    public ScratchFile(string name) => FullName = Path.Combine(_folder, name);

    public string FullName { get; }

    /// <summary>Makes the file what an image is; what is zero there is a hole.</summary>
    public void Write(MutableImage image)
    {
        using FileStream file = File.Create(FullName);
        file.SetLength(image.Length);
        byte[] bytes = new byte[MutableImage.PageSize];
        foreach (long page in image.ChangedPages)
        {
            long offset = page * MutableImage.PageSize;
            image.Read(offset, bytes);
            RandomAccess.Write(file.SafeFileHandle, bytes.AsSpan(0, (int)Math.Min(bytes.Length, image.Length - offset)), offset);
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
