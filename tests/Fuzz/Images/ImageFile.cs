namespace AzImageTools.Fuzz.Images;

/// <summary>
/// A file that holds an image and follows it: only what differs from the time before is written. It lies in memory where
/// the system has a place for that, and in a folder of its own.
/// </summary>
internal sealed class ImageFile : IDisposable
{
    private const string MemoryFolder = "/dev/shm";

    private readonly MutableImage _image;
    private readonly string _folder;
    private readonly HashSet<long> _written = [];
    private long _length;

    public ImageFile(MutableImage image, string name)
    {
        _image = image;
        _folder = CreateFolder();
        FullName = Path.Combine(_folder, name);
        using FileStream file = File.Create(FullName);
        file.SetLength(image.OriginalLength);
        WriteOriginals(file, 0);
        _length = image.OriginalLength;
    }

    public string FullName { get; }

    /// <summary>Creates a folder, in memory where the system has a place for that.</summary>
    public static string CreateFolder()
        => Directory.CreateDirectory(Path.Combine(
            Directory.Exists(MemoryFolder) ? MemoryFolder : Path.GetTempPath(),
            string.Concat("azimagetools-fuzz-", Guid.NewGuid().ToString("N").AsSpan(0, 12)))).FullName;

    /// <summary>Puts another file beside this one: a parent that the image goes back to.</summary>
    public void AddSibling(string name, Action<Stream> write)
    {
        using FileStream file = File.Create(Path.Combine(_folder, name));
        write(file);
    }

    /// <summary>Makes the file what the image is now.</summary>
    public void Update()
    {
        using FileStream file = new(FullName, FileMode.Open, FileAccess.Write, FileShare.Read, bufferSize: 1);
        if (_length < _image.OriginalLength)
        {
            file.SetLength(_image.OriginalLength);
            WriteOriginals(file, _length / MutableImage.PageSize);
        }

        foreach (long page in _written)
        {
            WritePage(file, page, _image.FindOriginal(page) ?? new byte[MutableImage.PageSize]);
        }

        _written.Clear();
        foreach (long page in _image.ChangedPages)
        {
            WritePage(file, page, _image.Read(page * MutableImage.PageSize, MutableImage.PageSize));
            _written.Add(page);
        }

        if (_image.Length < _image.OriginalLength)
        {
            file.SetLength(_image.Length);
        }

        _length = _image.Length;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void WriteOriginals(FileStream file, long firstPage)
    {
        foreach (long page in _image.Pages.Where(page => page >= firstPage))
        {
            WritePage(file, page, _image.FindOriginal(page)!);
        }
    }

    private void WritePage(FileStream file, long page, byte[] bytes)
    {
        long offset = page * MutableImage.PageSize;
        RandomAccess.Write(file.SafeFileHandle, bytes.AsSpan(0, (int)Math.Min(MutableImage.PageSize, _image.OriginalLength - offset)), offset);
    }
}
