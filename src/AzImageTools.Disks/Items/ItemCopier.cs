using AzImageTools.Disks.Volumes;

namespace AzImageTools.Disks.Items;

/// <summary>
/// Copies files and folders out of a disk image. Links found on the way are left out, since they may lead anywhere here; one
/// that was named itself, and that its file system follows, is copied as what it leads to within its volume. Permissions
/// and attributes are not copied.
/// </summary>
public sealed class ItemCopier
{
    private readonly DiskItems _source;
    private readonly DestinationFolder _destination;
    private readonly ItemCopyOptions _options;

    /// <summary>Creates a copier.</summary>
    /// <param name="source">The disk that the items are on; stays open.</param>
    /// <param name="destination">Where to copy to.</param>
    /// <param name="options">How to copy; null for the defaults.</param>
    public ItemCopier(DiskItems source, DestinationFolder destination, ItemCopyOptions? options = null)
    {
        _source = source ?? throw new ArgumentNullException(nameof(source));
        _destination = destination ?? throw new ArgumentNullException(nameof(destination));
        _options = options ?? new ItemCopyOptions();
    }

    /// <summary>
    /// Copies an item while it is enumerated: problems, as they are met, each about one file or folder while the rest goes
    /// on; and at last what was copied, unless nothing was.
    /// </summary>
    /// <param name="item">The item.</param>
    /// <exception cref="OperationCanceledException">The copying was cancelled.</exception>
    public IEnumerable<Found<DiskItemCopy>> Copy(DiskItem item) => new Run(this, item ?? throw new ArgumentNullException(nameof(item))).Execute();

    private sealed class Run(ItemCopier copier, DiskItem item)
    {
        private readonly long _start = copier._options.TimeProvider.GetTimestamp();
        private readonly IFileSystem _files = copier._source.Volumes.Find(item.Volume).FileSystem!;
        private readonly ItemCopyOptions _options = copier._options;
        private string? _path;
        private long _fileCount;
        private long _folderCount;
        private long _renamedCount;
        private long _renamedBelowCount;
        private long _skippedCount;
        private long _keptCount;
        private long _failedCount;
        private long _length;
        private long _bytesCopied;
        private long _bytesWritten;

        public IEnumerable<Found<DiskItemCopy>> Execute()
        {
            foreach (Exception? problem in CopyAll())
            {
                if (problem is not null)
                {
                    _failedCount++;
                    yield return Found<DiskItemCopy>.Failed(problem);
                    if (problem is DiskItemException { Problem: DiskItemProblem.DiskFull })
                    {
                        break;
                    }
                }
            }

            if (_path is not null)
            {
                if (_skippedCount > 0)
                {
                    _options.Warn?.Invoke(_skippedCount == 1
                        ? $"Of {item}, one link, device or the like was not copied; -Verbose names it."
                        : $"Of {item}, {_skippedCount} links, devices and the like were not copied; -Verbose names them.");
                }

                if (_renamedBelowCount > 0)
                {
                    _options.Warn?.Invoke($"Of {item}, {_renamedBelowCount} files or folders got other names than in the image, which are not possible here or were taken; -Verbose names them.");
                }

                yield return Found<DiskItemCopy>.Of(Summarize(_path));
            }
        }

        /// <summary>Copies the item and what is below it; after each, what kept it from being copied.</summary>
        private IEnumerable<Exception?> CopyAll()
        {
            if (WhySkipped(item.Entry, isNamed: true) is { } reason)
            {
                _options.Warn?.Invoke(reason);
                yield break;
            }

            if (!item.IsDirectory)
            {
                yield return CopyFile(item.Entry, copier._destination);
                yield break;
            }

            if (!_options.Recurse)
            {
                _options.Warn?.Invoke($"{item} is a folder: it is copied, with all that it holds, with -Recurse only.");
                yield break;
            }

            List<DestinationFolder> folders = [copier._destination];
            try
            {
                foreach (Exception? problem in CopyFolder(folders))
                {
                    yield return problem;
                }
            }
            finally
            {
                Leave(folders, 1);
            }
        }

        private IEnumerable<Exception?> CopyFolder(List<DestinationFolder> folders)
        {
            yield return EnterFolder(item.Entry, folders);
            if (folders.Count == 1)
            {
                yield break;
            }

            FolderWalk walk = new(_files);
            foreach (Found<FileSystemEntry> found in walk.Below(item.Entry))
            {
                if (found.Value is not { } entry)
                {
                    yield return found.Problem;
                    continue;
                }

                // What is in the item itself has depth 1, and goes into the second folder of the list.
                Leave(folders, walk.Depth + 1);
                if (WhySkipped(entry, isNamed: false) is { } note)
                {
                    _skippedCount++;
                    _options.Note?.Invoke(note);
                    continue;
                }

                if (!entry.IsDirectory)
                {
                    yield return CopyFile(entry, folders[walk.Depth]);
                    continue;
                }

                yield return EnterFolder(entry, folders);
                if (folders.Count == walk.Depth + 1)
                {
                    walk.Skip();
                }
            }
        }

        /// <summary>Makes the folder for what is in one of the guest's, and puts it behind those above it.</summary>
        private Exception? EnterFolder(FileSystemEntry entry, List<DestinationFolder> folders)
        {
            _options.Cancellation.ThrowIfCancellationRequested();
            DestinationFolder above = folders[folders.Count - 1];
            return Try(above, () =>
            {
                DestinationFolder folder = above.Enter(NameOf(entry));
                folders.Add(folder);
                _path ??= folder.FullName;
                _folderCount++;
                NoteRenaming(entry, folder.FullName);
            });
        }

        /// <summary>Lets go of the folders below those that are kept.</summary>
        private static void Leave(List<DestinationFolder> folders, int kept)
        {
            for (int i = folders.Count - 1; i >= kept; i--)
            {
                folders[i].Dispose();
                folders.RemoveAt(i);
            }
        }

        private Exception? CopyFile(FileSystemEntry entry, DestinationFolder folder)
        {
            _options.Cancellation.ThrowIfCancellationRequested();
            if (entry.IsEncrypted)
            {
                return new DiskItemException(DiskItemProblem.ItemEncrypted, entry.GuestPath, $"{PrintableText.Of(entry.GuestPath)} was encrypted by the guest, and its content can't be read.");
            }

            string shown = PrintableText.Of(entry.GuestPath);
            _options.Progress?.Report(new ItemCopyProgress(shown, _fileCount, _bytesCopied));
            return Try(folder, () =>
            {
                using Stream content = _files.OpenFile(entry);
                (DestinationFile file, bool exists) = folder.TakeFile(NameOf(entry));
                if (exists && !MayReplace(file))
                {
                    _keptCount++;
                    _options.Note?.Invoke($"{PrintableText.Of(file.FullName)} was left as it is.");
                    return;
                }

                _bytesWritten += FileWriter.Write(content, file, entry.LastWriteTime, _options.Force || exists, count =>
                {
                    _options.Cancellation.ThrowIfCancellationRequested();
                    _bytesCopied += count;
                    _options.Progress?.Report(new ItemCopyProgress(shown, _fileCount, _bytesCopied));
                });
                _path ??= file.FullName;
                _fileCount++;
                _length += content.Length;
                NoteRenaming(entry, file.FullName);
            });
        }

        private bool MayReplace(DestinationFile file)
        {
            if (_options.Force)
            {
                return true;
            }

            DiskItemException error = new(DiskItemProblem.DestinationExists, file.FullName, $"{file.FullName} exists already. {DiskException.ReplaceRemedy}");
            return _options.AskToReplace is { } ask ? ask(error) : throw error;
        }

        private static Exception? Try(DestinationFolder folder, Action action)
        {
            try
            {
                action();
                return null;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                return folder.Explain(exception);
            }
        }

        private static string? WhySkipped(FileSystemEntry entry, bool isNamed)
        {
            bool isFollowed = isNamed && entry is { IsLink: true, UnixMode: { } target } && !ItemKinds.IsLink(target);
            string? reason = entry.IsLink && !isFollowed ? $"is a link to {entry.LinkTarget ?? "another place"}, and was not copied"
                : entry.UnixMode is { } mode && ItemKinds.IsSpecial(mode) ? "is a device, a pipe or a socket, and has no content to copy"
                : null;
            return reason is null ? null : PrintableText.Of($"{entry.GuestPath} {reason}.");
        }

        private void NoteRenaming(FileSystemEntry entry, string path)
        {
            string name = Path.GetFileName(path);
            if (!string.Equals(name, NameOf(entry), StringComparison.Ordinal))
            {
                bool isItem = ReferenceEquals(entry, item.Entry);
                _renamedCount++;
                _renamedBelowCount += isItem ? 0 : 1;
                (isItem ? _options.Warn : _options.Note)?.Invoke($"{PrintableText.Of(entry.GuestPath)} was copied as {name}.");
            }
        }

        /// <summary>The volume's root has no name: its disk's and its own stand for it.</summary>
        private string NameOf(FileSystemEntry entry)
            => entry.Name.Length > 0 ? entry.Name : $"{Path.GetFileNameWithoutExtension(item.DiskPath)}-{item.Volume}";

        private DiskItemCopy Summarize(string path) => new()
        {
            Name = Path.GetFileName(path),
            Path = path,
            IsDirectory = item.IsDirectory,
            ItemPath = item.ItemPath,
            Volume = item.Volume,
            DiskPath = item.DiskPath,
            FileCount = _fileCount,
            FolderCount = _folderCount,
            RenamedCount = _renamedCount,
            SkippedCount = _skippedCount + _keptCount,
            FailedCount = _failedCount,
            Length = _length,
            BytesWritten = _bytesWritten,
            Duration = _options.TimeProvider.GetElapsedTime(_start),
        };
    }
}
