using System.Text;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Disks.Repair;

/// <summary>Changes files of a guest, and tells what they were.</summary>
/// <param name="files">The guest's files, on an overlay.</param>
/// <param name="now">When they are told to be changed.</param>
internal sealed class FileRepair(IFileSystem files, DateTimeOffset now)
{
    private const int LongestText = 1 << 20;

    /// <summary>Makes a change.</summary>
    /// <exception cref="DiskRepairException">It can't be made safely; nothing was changed.</exception>
    /// <exception cref="DiskFormatException">The file system is damaged there.</exception>
    public FileChange Apply(FileEdit edit, string disk, string repairPath)
    {
        FileSystemEntry? entry = files.GetEntry(edit.File);
        FileChange none = new() { File = edit.File, Action = edit.Action, IsChanged = false, LengthBefore = entry?.Length, Length = entry?.Length, Path = disk, RepairPath = repairPath };
        if (edit.Action == FileAction.Delete)
        {
            if (entry is not null)
            {
                files.RequireWritable(edit.File).Delete(edit.File, now);
            }

            return none with { IsChanged = entry is not null, Length = null };
        }

        if (entry is { IsDirectory: true })
        {
            throw Refuse(edit.File, "it is a folder");
        }

        if (entry is null)
        {
            if (edit.Action == FileAction.Rewrite || edit.Change(string.Empty) is not { } made)
            {
                return none;
            }

            byte[] bytes = FileText.Encode(made);
            files.RequireWritable(edit.File).Create(edit.File, bytes, new NewFile { Permissions = edit.Permissions, Owner = edit.Owner, Group = edit.Group, LabelOf = edit.LabelOf }, now);
            return Tell(none with { IsChanged = true, Length = bytes.Length }, edit, string.Empty, made);
        }

        byte[] content = Read(edit.File);
        (string text, Encoding encoding) = FileText.Decode(content);
        if (edit.Change(text) is not { } changed || string.Equals(changed, text, StringComparison.Ordinal))
        {
            return none with { LengthBefore = content.Length, Length = content.Length };
        }

        byte[] rewritten = edit.Action == FileAction.Create ? FileText.Encode(changed) : encoding.GetBytes(changed);
        files.RequireWritable(edit.File).Rewrite(edit.File, rewritten, now);
        return Tell(none with { IsChanged = true, LengthBefore = content.Length, Length = rewritten.Length }, edit, text, changed);
    }

    private static FileChange Tell(FileChange change, FileEdit edit, string before, string after)
    {
        if (edit.HidesContent)
        {
            return change;
        }

        (IReadOnlyList<string> linesBefore, IReadOnlyList<string> lines) = ChangedLines.Find(before, after);
        return change with { LinesBefore = linesBefore, Lines = lines };
    }

    private static DiskRepairException Refuse(string file, string reason)
        => new(DiskRepairProblem.FileNotRepairable, file, $"{file} can't be changed: {reason}. Nothing was changed.");

    private byte[] Read(string file)
    {
        using Stream stream = files.OpenFile(file);
        if (stream.Length > LongestText)
        {
            throw Refuse(file, $"it has {stream.Length} bytes, and {LongestText} are the most of a text");
        }

        byte[] bytes = new byte[stream.Length];
        for (int done = 0; done < bytes.Length;)
        {
            int count = stream.Read(bytes, done, bytes.Length - done);
            done += count > 0 ? count : throw Refuse(file, "it ends before its length");
        }

        return bytes;
    }
}
