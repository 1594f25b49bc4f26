using AzImageTools.Disks.Conversion.Layouts;

namespace AzImageTools.Disks.Conversion;

/// <summary>
/// An image file that is made piece by piece, in any order and from any thread, under a hidden name beside its destination. It gets
/// its name when it is whole; until then another run may go on with it. Nobody else can open it meanwhile.
/// </summary>
public sealed class GrowingImage : IDisposable
{
    private const string Extension = ".azdownload.partial";
    private static readonly string[] Extensions = [".vhd", ".vhdx"];

    private readonly SparseFile _file;

    /// <summary>Whether nothing was there before: what is zero need not be written.</summary>
    private readonly bool _isFresh;

    private GrowingImage(string destination, ImageLayout layout, SparseFile file, bool isFresh)
    {
        Destination = destination;
        Layout = layout;
        _file = file;
        _isFresh = isFresh;
    }

    /// <summary>The full path that the file gets when it is whole.</summary>
    public string Destination { get; }

    /// <summary>Where what is in the file.</summary>
    public ImageLayout Layout { get; }

    /// <summary>The name that the file has until it is whole.</summary>
    public string PartialPath => PathFor(Destination);

    /// <summary>How many bytes this run has written.</summary>
    public long BytesWritten => _file.BytesWritten;

    /// <summary>The name that a file has until it is whole.</summary>
    /// <param name="destination">The path that it gets then.</param>
    public static string PathFor(string destination) => PartialFile.PathFor(destination, Extension);

    /// <summary>Finds the full path of the VHD or VHDX to make, and whether it can be made.</summary>
    /// <param name="name">The file's name where a folder is given.</param>
    /// <param name="destination">The file, or the folder for it.</param>
    /// <param name="replaces">Whether a file of that name may be replaced.</param>
    /// <exception cref="VhdConversionException">It can't be made there (DestinationExists and others).</exception>
    public static string Resolve(string name, string destination, bool replaces)
    {
        string path = ConversionDestination.Resolve(name, destination, Extensions);
        ConversionDestination.CheckReplaceable(path, replaces);
        return path;
    }

    /// <summary>Refuses a file that its volume has no room for.</summary>
    /// <param name="destination">The file to make.</param>
    /// <param name="layout">What it is to be like.</param>
    /// <param name="dataLength">How many bytes of the disk there may still be to write.</param>
    /// <exception cref="VhdConversionException">There is too little room (TooLittleRoom).</exception>
    /// <exception cref="IOException">The volume can't be asked.</exception>
    public static void RequireRoom(string destination, ImageLayout layout, long dataLength)
        => RequireRoom(destination, layout ?? throw new ArgumentNullException(nameof(layout)), dataLength, VolumeRoom.Of);

    /// <summary>As the public one, with the way to ask a folder's volume for its room.</summary>
    internal static void RequireRoom(string destination, ImageLayout layout, long dataLength, Func<string, VolumeRoom?> getRoom)
    {
        VolumeRoom? room = getRoom(Path.GetDirectoryName(destination)!);

        // What an interrupted run has begun takes its room already where it has no holes.
        bool growsAsWritten = room is { KeepsHoles: true } && (layout.WantsHoles || File.Exists(PathFor(destination)));
        long needed = growsAsWritten ? dataLength : layout.FileLength;
        if (room is not null && room.FreeBytes < needed)
        {
            throw new VhdConversionException(
                VhdConversionProblem.TooLittleRoom,
                destination,
                $"{destination} needs up to {ByteSize.Format(needed)}, but its volume has only {ByteSize.Format(room.FreeBytes)} left. Nothing was written.");
        }
    }

    /// <summary>Begins the file; what an interrupted run left of it is removed.</summary>
    /// <param name="destination">The full path that it gets.</param>
    /// <param name="layout">What it is to be like.</param>
    /// <exception cref="VhdConversionException">Another run is making it (DestinationInUse), or it may not be made.</exception>
    /// <exception cref="IOException">It can't be made.</exception>
    public static GrowingImage Create(string destination, ImageLayout layout)
    {
        string path = PathFor(destination);
        try
        {
            if (File.Exists(path) && !PartialFile.TryRemove(path))
            {
                throw InUse(destination, cause: null);
            }

            return new GrowingImage(destination, layout, SparseFile.Create(path, layout.FileLength, layout.WantsHoles), isFresh: true);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw ConversionDestination.Denied(destination, exception);
        }
        catch (IOException exception) when (File.Exists(path) && exception is not PathTooLongException && !DiskFull.IsCauseOf(exception))
        {
            throw InUse(destination, exception);
        }
    }

    /// <summary>Goes on with the file that an interrupted run left.</summary>
    /// <param name="destination">The full path that it gets.</param>
    /// <param name="layout">What it is to be like.</param>
    /// <returns>The file; null where there is none of that length, or it is none to go on with.</returns>
    /// <exception cref="VhdConversionException">Another run is making it (DestinationInUse), or it may not be written.</exception>
    public static GrowingImage? TryContinue(string destination, ImageLayout layout)
    {
        string path = PathFor(destination);
        if (!File.Exists(path) || OrdinaryFile.FindHindrance(path, followsLinks: false) is not null)
        {
            return null;
        }

        SparseFile file;
        try
        {
            file = SparseFile.Open(path);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw ConversionDestination.Denied(destination, exception);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (IOException exception)
        {
            throw InUse(destination, exception);
        }

        if (file.Length == layout.FileLength)
        {
            return new GrowingImage(destination, layout, file, isFresh: false);
        }

        file.Dispose();
        return null;
    }

    /// <summary>Writes bytes of the disk.</summary>
    /// <param name="offset">Where on the disk.</param>
    /// <param name="bytes">The bytes.</param>
    /// <exception cref="VhdConversionException">The volume is full (DiskFull).</exception>
    public void Write(long offset, ReadOnlyMemory<byte> bytes)
        => Walk(offset, bytes.Length, (position, start, length) =>
        {
            ReadOnlyMemory<byte> piece = bytes.Slice(start, length);
            if (_isFresh)
            {
                _file.WriteData(position, piece);
            }
            else
            {
                _file.Write(position, piece);
            }
        });

    /// <summary>Reads back bytes of the disk.</summary>
    /// <param name="offset">Where on the disk.</param>
    /// <param name="buffer">Filled whole.</param>
    public void Read(long offset, ArraySegment<byte> buffer)
        => Walk(offset, buffer.Count, (position, start, length) => _file.Read(position, new ArraySegment<byte>(buffer.Array!, buffer.Offset + start, length)));

    /// <summary>Writes the container's structures, and brings all to the drive. Then the file is whole but for its name, and closed.</summary>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="VhdConversionException">The volume is full (DiskFull).</exception>
    public void Finish(CancellationToken cancellation)
    {
        Guard(() =>
        {
            foreach (FilePart part in Layout.Structures)
            {
                cancellation.ThrowIfCancellationRequested();
                _file.Write(part.Offset, part.Bytes);
            }

            _file.FlushToDevice(cancellation);
        });
        _file.Dispose();
    }

    /// <summary>Gives the finished file its name in one step.</summary>
    /// <param name="replaces">Whether a file of that name is replaced.</param>
    /// <exception cref="IOException">Another file has the name meanwhile.</exception>
    public void Complete(bool replaces)
    {
        try
        {
            PartialFile.Rename(PartialPath, Destination, replaces);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw ConversionDestination.Denied(Destination, exception);
        }
    }

    /// <summary>Removes what there is of the file.</summary>
    public void Discard()
    {
        _file.Dispose();
        File.Delete(PartialPath);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static VhdConversionException InUse(string destination, Exception? cause)
        => new(VhdConversionProblem.DestinationInUse, destination, $"{destination} is being made already, or another program has what there is of it open. Wait for it, or give another path.", cause);

    /// <summary>Goes through a range of the disk by what of it lies in a row in the file.</summary>
    private void Walk(long offset, int count, Action<long, int, int> visit)
    {
        for (int done = 0; done < count;)
        {
            long position = Layout.Locate(offset + done, out long row);
            int length = (int)Math.Min(row, count - done);
            if (position < 0)
            {
                throw new ArgumentOutOfRangeException(nameof(offset), $"The file has no place for byte {offset + done} of the disk.");
            }

            int start = done;
            Guard(() => visit(position, start, length));
            done += length;
        }
    }

    private void Guard(Action write)
    {
        try
        {
            write();
        }
        catch (IOException exception) when (DiskFull.IsCauseOf(exception))
        {
            throw new VhdConversionException(VhdConversionProblem.DiskFull, Destination, $"The volume ran full while {Destination} was written. Make room; then the same command goes on.", exception);
        }
    }
}
