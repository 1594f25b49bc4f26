using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Conversion;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Tests.Containers;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Conversion;

/// <summary>Where a conversion writes: what is there already, what can't be written to, how much room there is.</summary>
public sealed class VhdDestinationTests : IDisposable
{
    private const int Mebibyte = 1 << 20;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Where_writing_is_denied_that_is_told_by_the_name_that_was_given()
    {
        Assert.SkipUnless(Directory.Exists("/sys"), "not here: /sys, where nobody may make a file, not even root");
        using VirtualDisk disk = DiskOpener.Open(await VhdConverterTests.CreateRawAsync(_folder, new byte[3 * Mebibyte]));
        VhdConverter converter = VhdConverter.Prepare(new OpenedImage(disk), "/sys/made.vhd", new VhdConversionOptions(), static _ => null);

        VhdConversionException error = Assert.Throws<VhdConversionException>(() => converter.Run(cancellation: TestContext.Current.CancellationToken));

        Assert.Equal(("FileAccessDenied", ErrorKind.PermissionDenied, "/sys/made.vhd"), (error.ErrorId, error.Kind, error.Target));
        Assert.Contains("/sys/made.vhd", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("partial", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_conversion_that_was_killed_left_is_removed_by_the_next_one()
    {
        string source = await VhdConverterTests.CreateRawAsync(_folder, new byte[3 * Mebibyte]);
        string destination = _folder.File("again.vhd");
        await File.WriteAllBytesAsync(PartialFile.PathFor(destination), new byte[Mebibyte], TestContext.Current.CancellationToken);
        VhdConverterTests.Convert(source, destination);

        Assert.Equal([destination, source], Directory.GetFiles(_folder.FullName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_second_conversion_to_one_destination_is_refused_while_the_first_works()
    {
        string source = await VhdConverterTests.CreateRawAsync(_folder, new byte[3 * Mebibyte]);
        string destination = _folder.File("twice.vhd");
        using (SparseFile first = PartialFile.TryCreate(destination, Mebibyte, static exception => exception)!)
        {
            first.Write(0, new byte[] { 1, 2, 3 });
            VhdConversionException error = Assert.Throws<VhdConversionException>(() => VhdConverterTests.Convert(source, destination));
            Assert.Equal((VhdConversionProblem.DestinationInUse, destination), (error.Problem, ((IErrorDetails)error).Target));
            Assert.True(File.Exists(PartialFile.PathFor(destination)));
        }

        VhdConverterTests.Convert(source, destination);
        Assert.False(File.Exists(PartialFile.PathFor(destination)));
    }

    [Fact]
    public async Task A_link_with_the_name_of_a_file_that_is_made_is_removed_and_not_followed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege on Windows");
        string source = await VhdConverterTests.CreateRawAsync(_folder, new byte[3 * Mebibyte]);
        string destination = _folder.File("linked.vhd");
        string other = _folder.File("other");
        await File.WriteAllTextAsync(other, "mine", TestContext.Current.CancellationToken);
        File.CreateSymbolicLink(PartialFile.PathFor(destination), other);
        VhdConverterTests.Convert(source, destination);

        Assert.Equal("mine", await File.ReadAllTextAsync(other, TestContext.Current.CancellationToken));
        Assert.Null(new FileInfo(destination).LinkTarget);
    }

    [Fact]
    public void A_folder_that_has_the_name_of_the_VHD_is_never_replaced()
    {
        string source = _folder.File("disk.raw");
        File.WriteAllBytes(source, new byte[1 << 20]);
        Directory.CreateDirectory(_folder.File("disk.vhd"));

        VhdConversionException error = Assert.Throws<VhdConversionException>(() => VhdConverterTests.Convert(source, _folder.FullName, new VhdConversionOptions { Force = true }));
        Assert.Equal(VhdConversionProblem.DestinationNotVhd, error.Problem);
        Assert.Contains("is a folder", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_there_is_replaced_only_when_asked_for()
    {
        string source = await VhdConverterTests.CreateRawAsync(_folder, VhdConverterTests.RandomBytes(2 * Mebibyte));
        string destination = _folder.File("older.vhd");
        await File.WriteAllTextAsync(destination, "an older file", TestContext.Current.CancellationToken);

        Assert.Equal(VhdConversionProblem.DestinationExists, Assert.Throws<VhdConversionException>(() => VhdConverterTests.Convert(source, destination)).Problem);
        Assert.Equal("an older file", await File.ReadAllTextAsync(destination, TestContext.Current.CancellationToken));

        VhdConverterTests.Convert(source, destination, new VhdConversionOptions { Force = true });
        Assert.Equal((2 * Mebibyte) + 512, new FileInfo(destination).Length);
    }

    [Fact]
    public async Task A_disk_is_not_converted_onto_itself_by_whatever_name()
    {
        VhdConversionOptions force = new() { Force = true };
        string source = TestDisks.Unpack("no-os.vhd", _folder);
        byte[] before = await File.ReadAllBytesAsync(source, TestContext.Current.CancellationToken);

        Assert.Equal(VhdConversionProblem.DestinationInUse, Assert.Throws<VhdConversionException>(() => VhdConverterTests.Convert(source, source, force)).Problem);
        Assert.Equal(VhdConversionProblem.DestinationInUse, Assert.Throws<VhdConversionException>(() => VhdConverterTests.Convert(source, _folder.FullName, force)).Problem);

        if (!OperatingSystem.IsWindows())
        {
            string other = _folder.File("other");
            Directory.CreateSymbolicLink(other, _folder.FullName);
            string alias = Path.Combine(other, "no-os.vhd");
            Assert.Equal(VhdConversionProblem.DestinationInUse, Assert.Throws<VhdConversionException>(() => VhdConverterTests.Convert(source, alias, force)).Problem);
        }

        Assert.Equal(before, await File.ReadAllBytesAsync(source, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_folder_as_the_destination_gets_a_VHD_of_the_sources_name()
    {
        string source = await VhdConverterTests.CreateRawAsync(_folder, VhdConverterTests.RandomBytes(Mebibyte));
        string folder = Directory.CreateDirectory(_folder.File("converted")).FullName;

        Assert.Equal(Path.Combine(folder, "source.vhd"), VhdConverterTests.Convert(source, folder).Path);
        Assert.True(File.Exists(Path.Combine(folder, "source.vhd")));
    }

    [Theory]
    [InlineData("disk.vhdx", VhdConversionProblem.DestinationNotVhd)]
    [InlineData("disk", VhdConversionProblem.DestinationNotVhd)]
    [InlineData("nosuch/disk.vhd", VhdConversionProblem.DestinationFolderNotFound)]
    public async Task A_destination_that_can_not_be_a_VHD_is_refused(string name, VhdConversionProblem problem)
    {
        string source = await VhdConverterTests.CreateRawAsync(_folder, VhdConverterTests.RandomBytes(Mebibyte));

        Assert.Equal(problem, Assert.Throws<VhdConversionException>(() => VhdConverterTests.Convert(source, _folder.File(name))).Problem);
        Assert.Equal([source], Directory.EnumerateFileSystemEntries(_folder.FullName));
    }

    [Theory]
    [InlineData(Mebibyte + 511, true, true)]
    [InlineData(Mebibyte + 512, true, false)]
    [InlineData((4 * Mebibyte) + 511, false, true)]
    [InlineData((4 * Mebibyte) + 512, false, false)]
    public void Too_little_room_is_told_before_anything_is_written(long free, bool keepsHoles, bool isRefused)
    {
        string source = _folder.File("source.raw");
        using (FileStream file = File.Create(source))
        {
            file.SetLength(4 * Mebibyte);
            RandomAccess.Write(file.SafeFileHandle, VhdConverterTests.RandomBytes(Mebibyte), Mebibyte);
        }

        using VirtualDisk disk = DiskOpener.Open(source);
        Assert.SkipUnless(disk.AllocatedBytes == Mebibyte, "this file system keeps no holes");
        string destination = _folder.File("room.vhd");
        VhdConverter Prepare() => VhdConverter.Prepare(new OpenedImage(disk), destination, new VhdConversionOptions(), folder => folder == _folder.FullName ? new VolumeRoom(free, keepsHoles) : null);

        if (isRefused)
        {
            Assert.Equal(VhdConversionProblem.TooLittleRoom, Assert.Throws<VhdConversionException>(Prepare).Problem);
        }
        else
        {
            Assert.Equal(destination, Prepare().Destination);
        }

        Assert.Equal([source], Directory.EnumerateFileSystemEntries(_folder.FullName));
    }

    [Fact]
    public void The_room_of_a_folder_is_what_its_drive_has()
    {
        VolumeRoom? room = VolumeRoom.Of(_folder.FullName);

        Assert.NotNull(room);
        Assert.InRange(room.FreeBytes, 1, long.MaxValue);
    }
}
