using AzImageTools.Disks.Images;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;
using AzImageTools.TestKit;
using CsCheck;

namespace AzImageTools.Readiness.Tests;

public sealed class ProgramSignatureTests
{
    [Fact]
    public void The_shim_of_Debian_is_signed_by_Microsoft_s_certificates_of_2011_and_of_2023()
    {
        using TempFolder folder = new();
        using FileStream file = File.OpenRead(TestFile.Unpack("efi/debian-shim.efi", folder));

        IReadOnlyList<ProgramSignature>? signatures = ProgramSignature.ReadAll(file);

        Assert.Equal(
            [
                "Microsoft Windows UEFI Driver Publisher < Microsoft Corporation UEFI CA 2011 < Microsoft Corporation Third Party Marketplace Root",
                "Microsoft UEFI CA 2023 signer < Microsoft UEFI CA 2023 < Microsoft RSA Devices Root CA 2021",
            ],
            signatures!.Select(Show));
        Assert.True(ProgramSignature.IsSigned(file));
    }

    [Fact]
    public async Task The_loader_on_the_EFI_system_partition_of_a_disk_is_judged_by_who_signed_it()
    {
        ExternalTool.SkipUnlessInstalled("mcopy");
        using TempFolder folder = new();
        string disk = TestFile.Unpack("disks/ready.raw", folder);
        await ExternalTool.RunAsync("mcopy", "-o", "-i", disk + "@@1M", TestFile.Unpack("efi/debian-shim.efi", folder), "::EFI/Boot/bootx64.efi");
        string unsigned = folder.File("unsigned.efi");
        await File.WriteAllBytesAsync(unsigned, SignedProgram.Unsigned, TestContext.Current.CancellationToken);
        await ExternalTool.RunAsync("mcopy", "-o", "-i", disk + "@@1M", unsigned, "::EFI/Microsoft/Boot/bootmgfw.efi");
        using OpenedImage image = OpenedImage.Open(disk, cancellation: TestContext.Current.CancellationToken);
        using OfflineGuest guest = OfflineGuest.Open(image);

        ReadinessReport report = ReadinessCheck.Run(guest, new ReadinessOptions { Include = ["SignedLoaders", "SecureBootCertificates"] }, TestContext.Current.CancellationToken);

        Assert.Equal(
            [
                @"SignedLoaders: Fail (Warning) EFI\Microsoft\Boot\bootmgfw.efi: not signed",
                @"SecureBootCertificates: Pass (Warning) EFI\Boot\bootx64.efi: signed by Microsoft Windows UEFI Driver Publisher of Microsoft Corporation UEFI CA 2011 of Microsoft Corporation Third Party Marketplace Root, and by Microsoft UEFI CA 2023 signer of Microsoft UEFI CA 2023 of Microsoft RSA Devices Root CA 2021",
            ],
            report.Findings.Select(static finding => finding.ToString()));
    }

    [Fact]
    public void A_chain_leads_from_the_signer_as_far_up_as_certificates_name_an_issuer()
        => Assert.Equal("Test signer < Test CA < Test root", Show(Assert.Single(Read(SignedProgram.Signed)!)));

    [Fact]
    public void Of_several_signatures_each_is_told_and_what_is_no_PKCS_7_message_is_passed_over()
        => Assert.Equal(2, Read(SignedProgram.WithTable([.. SignedProgram.Entry(SignedProgram.Sign()), .. SignedProgram.Entry([1, 2, 3], type: 1), .. SignedProgram.Entry(SignedProgram.Sign())]))!.Count);

    [Fact]
    public void A_program_without_certificates_is_not_signed()
    {
        Assert.Empty(Read(SignedProgram.Unsigned)!);
        Assert.False(ProgramSignature.IsSigned(new MemoryStream(SignedProgram.Unsigned)));
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 0x4D, 0x5A })]
    [InlineData(new byte[] { 0x7F, 0x45, 0x4C, 0x46, 0, 0, 0, 0 })]
    public void What_is_no_program_has_no_answer(byte[] content)
    {
        Assert.Null(Read(content));
        Assert.Null(ProgramSignature.IsSigned(new MemoryStream(content)));
    }

    [Fact]
    public void A_table_beyond_the_file_or_of_nonsense_is_a_signature_that_can_t_be_read()
    {
        byte[] cut = SignedProgram.Signed[..600];

        Assert.Empty(Assert.Single(Read(cut)!).Chain);
        Assert.Empty(Assert.Single(Read(SignedProgram.WithTable(SignedProgram.Entry([0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF])))!).Chain);
        Assert.Empty(Assert.Single(Read(SignedProgram.WithTable([255, 255, 255, 255, 0, 2, 2, 0]))!).Chain);
    }

    [Fact]
    public void Whatever_stands_in_a_program_it_is_read_or_not()
    {
        byte[] original = SignedProgram.Signed;
        Gen.Select(Gen.Int[0, original.Length - 1], Gen.Byte).Array[1, 8].Sample(
            changes =>
            {
                byte[] content = [.. original];
                foreach ((int place, byte value) in changes)
                {
                    content[place] = value;
                }

                _ = Read(content);
                _ = ProgramSignature.IsSigned(new MemoryStream(content));
            },
            iter: 5_000);
    }

    private static IReadOnlyList<ProgramSignature>? Read(byte[] content) => ProgramSignature.ReadAll(new MemoryStream(content));

    private static string Show(ProgramSignature signature) => string.Join(" < ", signature.Chain);
}
