namespace AzImageTools.Disks.Overlay;

/// <summary>
/// Blocks of one size by their numbers: the first ones in memory, further ones in a temporary file that nobody else can read
/// and that goes with the process. Its caller keeps threads apart.
/// </summary>
/// <param name="blockSize">The bytes of each.</param>
/// <param name="mostInMemory">How many are kept in memory.</param>
internal sealed class BlockStore(int blockSize, int mostInMemory) : IDisposable
{
    private readonly List<byte[]> _memory = [];
    private FileStream? _file;
    private int _count;

    /// <summary>Takes a block, and tells its number.</summary>
    public int Add(byte[] block)
    {
        if (_count < mostInMemory)
        {
            _memory.Add((byte[])block.Clone());
        }
        else
        {
            _file ??= CreateFile();
            WriteToFile(_count, block);
        }

        return _count++;
    }

    public void Write(int number, byte[] block)
    {
        if (number < _memory.Count)
        {
            block.CopyTo(_memory[number], 0);
        }
        else
        {
            WriteToFile(number, block);
        }
    }

    public void Read(int number, byte[] block)
    {
        if (number < _memory.Count)
        {
            _memory[number].CopyTo(block, 0);
            return;
        }

        _file!.Position = (long)(number - mostInMemory) * blockSize;
        for (int done = 0; done < blockSize;)
        {
            int count = _file.Read(block, done, blockSize - done);
            done += count > 0 ? count : throw new IOException("The temporary file with the changes of a disk became shorter.");
        }
    }

    public void Dispose() => _file?.Dispose();

    private static FileStream CreateFile()
    {
        string path = Path.Combine(Path.GetTempPath(), $"azimage-{Guid.NewGuid():N}.overlay");
#if NET
        FileStreamOptions options = new()
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            BufferSize = 0,
            Options = FileOptions.DeleteOnClose,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        FileStream file = new(path, options);
        if (!OperatingSystem.IsWindows())
        {
            // An open file lives on without a name, and ends with the process, also one that is killed.
            File.Delete(path);
        }

        return file;
#else
        return new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
#endif
    }

    private void WriteToFile(int number, byte[] block)
    {
        _file!.Position = (long)(number - mostInMemory) * blockSize;
        _file.Write(block, 0, blockSize);
    }
}
