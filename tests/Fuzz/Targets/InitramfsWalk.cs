using AzImageTools.Disks.Inspection.Initramfs;
using AzImageTools.Fuzz.Images;

namespace AzImageTools.Fuzz.Targets;

/// <summary>What can be done with an initramfs.</summary>
internal static class InitramfsWalk
{
    private const int LargestNameCount = 4000;

    public static bool List(MutableImage image)
    {
        using ImageStream content = new(image);
        return List(content);
    }

    public static bool List(Stream content)
    {
        bool isOpened = false;
        DiskWalk.Attempt(() =>
        {
            foreach (string name in InitramfsArchive.EnumerateNames(content, "damaged").Take(LargestNameCount))
            {
                isOpened |= name.Length > 0;
            }
        });
        return isOpened;
    }
}
