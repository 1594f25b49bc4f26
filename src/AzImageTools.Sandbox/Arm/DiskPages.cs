using AzImageTools.Sandbox.Arm.Protocol;
using AzImageTools.Sandbox.Guests;
using AzImageTools.Sandbox.Storage;

namespace AzImageTools.Sandbox.Arm;

/// <summary>Makes the page files of managed disks: fixed VHDs, so that any tool opens them.</summary>
internal static class DiskPages
{
    /// <summary>A disk of zeros with a footer.</summary>
    /// <param name="cloud">The cloud.</param>
    /// <param name="name">The disk's name.</param>
    /// <param name="capacity">In bytes.</param>
    public static PageBlob CreateEmpty(CloudState cloud, string name, long capacity)
    {
        var pages = CreateUpload(cloud, name, capacity + VhdFooter.Size);
        WriteFooter(pages, capacity);
        return pages;
    }

    /// <summary>A disk with a guest on it.</summary>
    /// <param name="cloud">The cloud.</param>
    /// <param name="name">The disk's name.</param>
    /// <param name="capacity">In bytes.</param>
    /// <param name="guest">Which, by the name of its disk; null for a disk of zeros.</param>
    public static PageBlob CreateGuest(CloudState cloud, string name, long capacity, string? guest)
    {
        var pages = CreateEmpty(cloud, name, capacity);
        if (guest is not null)
        {
            GuestDisks.Lay(guest, pages.Data, capacity);
        }

        return pages;
    }

    /// <summary>A disk that waits for its bytes, the footer among them.</summary>
    /// <param name="cloud">The cloud.</param>
    /// <param name="name">The disk's name.</param>
    /// <param name="length">In bytes, with the footer.</param>
    public static PageBlob CreateUpload(CloudState cloud, string name, long length)
        => new PageBlob("abcd", cloud.Folder.Create(name + ".vhd", length), cloud.Now);

    /// <summary>Copies a blob that is a fixed VHD, after checking that it is.</summary>
    public static void Import(PageBlob source, PageBlob target, string address)
    {
        if (VhdFooter.FindProblem(source, address) is { } problem)
        {
            throw new ArmException(System.Net.HttpStatusCode.BadRequest, "InvalidVhd", problem);
        }

        target.Data.CopyFrom(source.Data);
    }

    private static void WriteFooter(PageBlob pages, long capacity)
        => pages.Data.Write(new PageRange(capacity, capacity + VhdFooter.Size), VhdFooter.Create(capacity, Guid.NewGuid()));
}
